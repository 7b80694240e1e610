"""Generated source code (`paramnet export language=...`) as shared libraries, compiled as a host would."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from paramnet.exporting import read_manifest
from paramnet.exporting.source_code import SourceCodeConfig, write_source

COMPILERS = {
    "fortran": ["gfortran", "-std=f2018", "-Wall", "-Werror"],
    "cpp": ["g++", "-std=c++17", "-Wall", "-Werror"],
}
FLAGS = ["-O3", "-march=native"]

FORTRAN = """integer(c_int32_t) function bench_source_run(columns, inputs, outputs) bind(c) result(status)
  use, intrinsic :: iso_c_binding, only: c_int32_t, c_float
  use {name}
  implicit none
  integer(c_int32_t), value :: columns
  real(c_float), intent(in) :: inputs(columns, {n_in})
  real(c_float), intent(inout) :: outputs(columns, {n_out})
  integer(c_int32_t) :: flags(columns)
  character(len=:), allocatable :: message
  logical, save :: loaded = .false.
  status = {name}_ok
  if (.not. loaded) call {name}_load( &
    '{weights}', status, message)
  loaded = status == {name}_ok
  if (loaded) call {name}_run(columns, &
{arguments}
    flags, status, message)
end function bench_source_run
"""
CPP = """#include "{name}.hpp"
#include <vector>
extern "C" std::int32_t bench_source_run(std::int32_t columns, const float* inputs, float* outputs) {{
    static std::vector<std::int32_t> flags;
    flags.resize(static_cast<std::size_t>(columns));
    const std::size_t count = static_cast<std::size_t>(columns);
    return static_cast<std::int32_t>({name}::run(count, count,
{arguments}
        flags.data()));
}}
"""


def _arguments(manifest: dict[str, Any], language: str) -> str:
    """The variables of a call, as parts of both arrays."""
    lines = []
    for array in ("inputs", "outputs"):
        for one in manifest[array]:
            first, last = one["offset"] + 1, one["offset"] + one["size"]
            if language == "cpp":
                lines.append(f"        {array} + {one['offset']} * columns,")
            else:
                lines.append(f"    {array}(:, {f'{first}:{last}' if one['profile'] else first}), &")
    return "\n".join(lines)


def compiled(scheme: Path, language: str, folder: Path) -> Path:
    """The scheme's source in ``language`` as a shared library with the function ``bench_source_run``."""
    source, manifest = write_source(SourceCodeConfig(str(scheme), str(folder / "scheme.f90"), language))[0], read_manifest(scheme)
    caller = folder / f"caller_{source.stem}{'.f90' if language == 'fortran' else '.cpp'}"
    n_in, n_out = (sum(one["size"] for one in manifest[side]) for side in ("inputs", "outputs"))
    caller.write_text(
        (FORTRAN if language == "fortran" else CPP).format(
            name=source.stem,
            weights=source.with_suffix(".bin"),
            n_in=n_in,
            n_out=n_out,
            arguments=_arguments(manifest, language),
        )
    )
    library = folder / f"{language}.so"
    files = [source, caller] if language == "fortran" else [caller]
    subprocess.run([*COMPILERS[language], *FLAGS, "-fPIC", "-shared", *files, "-o", library], cwd=folder, check=True)
    return library
