"""Programs around generated sources: they read columns, run the scheme on them, and write outputs, flags, state and the time of a call."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np

FORTRAN = """program driver
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64, {kind}
  use {name}
  implicit none
  integer(int32) :: ncol, repeats, status, unit, turn
  integer(int64) :: start, finish, rate
  integer(int32), allocatable :: flags(:)
  real({kind}), allocatable :: x(:, :), y(:, :), state(:, :)
  real(real64) :: seconds
  character(len=:), allocatable :: message

  call {name}_load('{name}.bin', status, message)
  if (status /= {name}_ok) then
    print '(i0, 1x, a)', status, message
    stop
  end if
  open (newunit=unit, file='columns.bin', access='stream', form='unformatted')
  read (unit) ncol, repeats
  allocate (x(ncol, {n_in}), y(ncol, {n_out}), state(ncol, {n_state}), flags(ncol))
  read (unit) x, state
  close (unit)
  seconds = huge(1.0_real64)
  do turn = 1, repeats
    call system_clock(start, rate)
    call {name}_run(ncol, &
{arguments}
      flags, status, message)
    call system_clock(finish)
    seconds = min(seconds, real(finish - start, real64) / real(rate, real64))
  end do
  open (newunit=unit, file='results.bin', access='stream', form='unformatted', status='replace')
  write (unit) seconds, y, state, flags
  close (unit)
  print '(i0)', status
end program driver
"""

CPP = """#include <chrono>
#include <cstdio>
#include <vector>
#include "{name}.hpp"

int main() {{
    std::FILE* file = std::fopen("columns.bin", "rb");
    std::int32_t sizes[2];
    if (!file || std::fread(sizes, 4, 2, file) != 2) return 1;
    const std::size_t ncol = static_cast<std::size_t>(sizes[0]);
    std::vector<{kind}> x(ncol * {n_in} + 1), y(ncol * {n_out} + 1), state(ncol * {n_state} + 1);
    std::vector<std::int32_t> flags(ncol + 1);
    if (std::fread(x.data(), sizeof x[0], ncol * {n_in}, file) != ncol * {n_in}) return 1;
    if (std::fread(state.data(), sizeof x[0], ncol * {n_state}, file) != ncol * {n_state}) return 1;
    std::fclose(file);
    double seconds = 1e30;
    {name}::Status status = {name}::Status::ok;
    for (int turn = 0; turn < sizes[1]; ++turn) {{
        const auto start = std::chrono::steady_clock::now();
        status = {name}::run(ncol, ncol,
{arguments}
            flags.data());
        const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        seconds = took < seconds ? took : seconds;
    }}
    file = std::fopen("results.bin", "wb");
    std::fwrite(&seconds, 8, 1, file);
    std::fwrite(y.data(), sizeof y[0], ncol * {n_out}, file);
    std::fwrite(state.data(), sizeof y[0], ncol * {n_state}, file);
    std::fwrite(flags.data(), 4, ncol, file);
    std::fclose(file);
    std::printf("%d\\n", static_cast<int>(status));
}}
"""
STRICT = {
    ".f90": ["gfortran", "-std=f2018", "-Wall", "-Wextra", "-Werror"],
    ".hpp": ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror"],
}


def build(source: Path, manifest: dict[str, Any], compiler: list[str] | None = None, kind: str = "real32", *options: str) -> Path:
    """The folder of ``source`` with a compiled program ``driver`` in it."""
    fortran, n_state = source.suffix == ".f90", sum(len(one["start"]) for one in manifest.get("state", []))
    arguments = []
    for array, side in (("x", "inputs"), ("y", "outputs")):
        for one in manifest[side]:
            first = one["offset"]
            if fortran:
                rows = f"{first + 1}:{first + one['size']}" if one["profile"] else str(first + 1)
                arguments.append(f"{array}(:, {rows}), &")
            else:
                arguments.append(f"{array}.data() + {first} * ncol,")
    if n_state:
        arguments.append("state, &" if fortran else "state.data(),")
    values = {
        "name": source.stem,
        "kind": kind if fortran else {"real32": "float", "real64": "double"}[kind],
        "n_in": sum(one["size"] for one in manifest["inputs"]),
        "n_out": sum(one["size"] for one in manifest["outputs"]),
        "n_state": n_state,
        "arguments": "\n".join(f"      {one}" for one in arguments),
    }
    text = (FORTRAN if fortran else CPP).format(**values)
    if kind == "real64":
        text = text.replace("int64, real64, real64", "int64, real64")
    driver = source.parent / f"driver{'.f90' if fortran else '.cpp'}"
    driver.write_text(text)
    command = [*(compiler or STRICT[source.suffix]), *(options or ("-O3", "-march=native"))]
    files = [source.name, driver.name] if fortran else [driver.name]
    done = subprocess.run([*command, *files, "-o", "driver"], cwd=source.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return source.parent


def run(
    folder: Path, columns: np.ndarray, n_out: int, state: np.ndarray | None = None, kind: str = "real32", repeats: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Outputs : (column, n_out), state : (column, n_state), flags : (column), and the least time of a call in seconds."""
    number = np.dtype({"real32": "f4", "real64": "f8"}[kind])
    state = np.zeros((len(columns), 0)) if state is None else state
    head = np.array([len(columns), repeats], "i4").tobytes()
    (folder / "columns.bin").write_bytes(head + columns.T.astype(number).tobytes() + state.T.astype(number).tobytes())
    done = subprocess.run(["./driver"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"], done.stdout
    content, count = (folder / "results.bin").read_bytes(), len(columns)
    numbers = np.frombuffer(content, number, count * (n_out + state.shape[1]), 8).reshape(-1, count).T
    flags = np.frombuffer(content, "i4", count, len(content) - 4 * count)
    return numbers[:, :n_out], numbers[:, n_out:], flags, float(np.frombuffer(content, "f8", 1)[0])
