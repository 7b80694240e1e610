"""Programs around generated sources: they read columns, run the scheme on them, and write outputs, state, flags and the time of a call."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from paramnet.contract import Contract
from paramnet.exporting import read_manifest
from paramnet.exporting.artefact import Compiled, write_compiled
from paramnet.exporting.manifest import contract_manifest
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.source_code import SourceCodeConfig, write_source

FORTRAN = """program driver
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64, {kind}
  use {name}
  implicit none
  integer(int32) :: ncol, repeats, status, unit, turn
  integer(int64) :: start, finish, rate
  integer(int32), allocatable :: flags(:)
  integer(int64), allocatable :: columns(:)
  logical, allocatable :: outside(:)
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
  allocate (x(ncol, {n_in}), y(ncol, {n_out}), state(ncol, {n_state}), flags(ncol), columns(ncol), outside(ncol))
  columns = [(int(turn, int64) + {first_column}_int64, turn = 0, ncol - 1)]
  outside = .false.
  read (unit) x, state
  close (unit)
  seconds = huge(1.0_real64)
  do turn = 1, repeats
    call system_clock(start, rate)
    call {name}_run(ncol, &
{arguments}
      flags, status, message{outside})
    call system_clock(finish)
    seconds = min(seconds, real(finish - start, real64) / real(rate, real64))
  end do
  open (newunit=unit, file='results.bin', access='stream', form='unformatted', status='replace')
  write (unit) seconds, y, state, flags, merge(1_int32, 0_int32, outside)
  close (unit)
  print '(i0)', status
end program driver
"""

CPP = """#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>
#include "{name}.hpp"

int main() {{
    std::FILE* file = std::fopen("columns.bin", "rb");
    std::int32_t sizes[2];
    if (!file || std::fread(sizes, 4, 2, file) != 2) return 1;
    const std::size_t ncol = static_cast<std::size_t>(sizes[0]);
    std::vector<{kind}> x(ncol * {n_in} + 1), y(ncol * {n_out} + 1), state(ncol * {n_state} + 1);
    std::vector<std::int32_t> flags(ncol + 1), outside_numbers(ncol + 1);
    std::vector<std::int64_t> columns(ncol + 1);
    for (std::size_t column = 0; column < ncol; ++column) columns[column] = static_cast<std::int64_t>(column) + {first_column};
    const std::unique_ptr<bool[]> outside(new bool[ncol + 1]());
    if (std::fread(x.data(), sizeof x[0], ncol * {n_in}, file) != ncol * {n_in}) return 1;
    if (std::fread(state.data(), sizeof x[0], ncol * {n_state}, file) != ncol * {n_state}) return 1;
    std::fclose(file);
    double seconds = 1e30;
    {name}::Status status = {name}::Status::ok;
    for (int turn = 0; turn < sizes[1]; ++turn) {{
        const auto start = std::chrono::steady_clock::now();
        status = {name}::run(ncol, ncol,
{arguments}
            flags.data(){outside});
        const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        seconds = took < seconds ? took : seconds;
    }}
    file = std::fopen("results.bin", "wb");
    std::fwrite(&seconds, 8, 1, file);
    std::fwrite(y.data(), sizeof y[0], ncol * {n_out}, file);
    std::fwrite(state.data(), sizeof y[0], ncol * {n_state}, file);
    std::fwrite(flags.data(), 4, ncol, file);
    for (std::size_t column = 0; column < ncol; ++column) outside_numbers[column] = outside[column];
    std::fwrite(outside_numbers.data(), 4, ncol, file);
    std::fclose(file);
    std::printf("%d\\n", static_cast<int>(status));
}}
"""
NOISE = (5, 4294967295, 7)  # seed, member, step
# Number of the first column in the whole model. A fused multiply-add would change the last bit of draw 29 of the column 75 after it.
FIRST_COLUMN = (1 << 40) + 498377 - 75
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
    if manifest.get("random_numbers"):
        arguments += [f"{one}_int64, &" if fortran else f"{one}," for one in NOISE]
        arguments.append("columns, &" if fortran else "columns.data(),")
    values = {
        "first_column": FIRST_COLUMN,
        "outside": (", outside" if fortran else ", outside.get()") if (manifest.get("envelope") or {}).get("inputs") else "",
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
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Outputs : (column, n_out), state : (column, n_state), flags and outside : (column), and the least time of a call in seconds."""
    number = np.dtype({"real32": "f4", "real64": "f8"}[kind])
    state = np.zeros((len(columns), 0)) if state is None else state
    head = np.array([len(columns), repeats], "i4").tobytes()
    (folder / "columns.bin").write_bytes(head + columns.T.astype(number).tobytes() + state.T.astype(number).tobytes())
    done = subprocess.run(["./driver"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"], done.stdout
    content, count = (folder / "results.bin").read_bytes(), len(columns)
    numbers = np.frombuffer(content, number, count * (n_out + state.shape[1]), 8).reshape(-1, count).T
    flags, outside = np.frombuffer(content, "i4", 2 * count, len(content) - 8 * count).reshape(2, count)
    return numbers[:, :n_out], numbers[:, n_out:], flags, outside.astype(bool), float(np.frombuffer(content, "f8", 1)[0])


def write(scheme: Path, language: str) -> Path:
    """The source of a scheme, beside it: the module or namespace ``host``."""
    return write_source(SourceCodeConfig(str(scheme), str(scheme.parent / "host.f90"), language))[0]


@dataclass(frozen=True)
class Made:
    """A scheme in its folder, its source, and the program around it."""

    scheme: Path
    source: Path
    n_out: int

    def outputs(self, columns: np.ndarray, kind: str = "real32") -> tuple[np.ndarray, np.ndarray]:
        """Outputs : (column, n_out), and flags : (column)."""
        results = run(self.source.parent, columns, self.n_out, kind=kind)
        return results[0], results[2]


def make(
    module: nn.Module,
    contract: Contract,
    folder: Path,
    language: str,
    kind: str = "real32",
    *options: str,
    manifest: dict[str, Any] | None = None,
    compiler: list[str] | None = None,
) -> Made:
    scheme, manifest = folder / "scheme.pt", manifest or contract_manifest(contract, "")
    # No TorchScript, which knows fewer ways to write a module.
    program = lower(module.eval(), contract.n_in + manifest.get("random_numbers", 0))
    write_compiled(Compiled({}, program), manifest, scheme)
    source = write(scheme, language)
    build(source, read_manifest(scheme), compiler, kind, *(options or ("-O2", "-march=native")))
    return Made(scheme, source, contract.n_out)
