"""A binding keeps an address, so no compiler may pass it a temporary copy."""

import shutil
import subprocess
from pathlib import Path

import pytest

COMPILERS = ["gfortran", "flang-22", "flang-21", "flang-20", "flang-new-19"]
# In the order of dependencies.
SOURCES = [
    "paramnet_c_types", "paramnet_c", "paramnet_c_carried", "paramnet_c_derivatives", "paramnet_c_queries", "paramnet_laws",
    "paramnet_message", "paramnet_text", "paramnet_status", "paramnet_arrays", "paramnet_layout", "paramnet", "paramnet_loading",
    "paramnet_binding", "paramnet_derivatives", "paramnet_carried", "paramnet_checking", "paramnet_running", "paramnet_treatment",
    "paramnet_queries",
]  # fmt: skip

HOST = """
program host
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use paramnet
  implicit none
  type :: state_type
    real(real64), allocatable :: t(:, :)
    real(real32) :: u(4, 8)
  end type state_type
  type(paramnet_scheme) :: scheme
  type(state_type), target :: state
  real(real64), target :: t(4, 8), ps(4), block(2, 2, 8)
  real(real64), pointer :: chunk(:, :)
  real(real64) :: plain(4, 8)
  integer(int32), target :: flags(4, 2)
  integer(int32) :: other_flags(4)
  integer :: chosen(2) = [3, 1]

  chunk => t(1:4:2, 8:1:-1)
  {statement}
contains
  subroutine from_a_dummy(given, sized, n)
    type(state_type), intent(in), target :: given
    integer, intent(in) :: n
    real(real32), intent(in), target :: sized(n, *)
    call scheme%bind_input('air_temperature', 'K', given%t)
    call scheme%bind_input('air_temperature', 'K', sized(:, 1:8))
  end subroutine from_a_dummy
  function computed() result(values)
    real(real64) :: values(4)
    values = 1
  end function computed
end program host
"""

COPIES = {
    "an expression": "call scheme%bind_{side}('x', 'K', 2 * t)",
    "an expression in parentheses": "call scheme%bind_{side}('x', 'K', (ps))",
    "a vector subscript of columns": "call scheme%bind_{side}('x', 'K', t(chosen, :))",
    "a vector subscript of rank 1": "call scheme%bind_{side}('x', 'K', ps(chosen))",
    "a vector subscript of rank 3": "call scheme%bind_{side}('x', 'K', block(:, chosen, :))",
    "another shape": "call scheme%bind_{side}('x', 'K', reshape(block, [4, 8]))",
    "another kind": "call scheme%bind_{side}('x', 'K', real(t, real32))",
    "the result of a function": "call scheme%bind_{side}('x', 'K', computed())",
    "an array without target": "call scheme%bind_{side}('x', 'K', plain)",
}
REFUSED = {f"{case}, {side}": text.format(side=side) for case, text in COPIES.items() for side in ("input", "output")} | {
    "enqueue with flags that are not contiguous": "call scheme%enqueue(2_int32, flags(::2, 1))",
    "enqueue with chosen flags": "call scheme%enqueue(2_int32, flags(chosen, 1))",
    "enqueue with flags without target": "call scheme%enqueue(2_int32, other_flags)",
    "run with chosen flags": "call scheme%run(2_int32, flags(chosen, 1))",
}
ACCEPTED = """
  call scheme%bind_input('x', 'K', t)
  call scheme%bind_input('x', 'K', t(2:3, 1:4))
  call scheme%bind_input('x', 'K', t(4:1:-2, ::3))
  call scheme%bind_input('x', 'K', t(:, 1))
  call scheme%bind_input('x', 'K', chunk)
  call scheme%bind_input('x', 'K', chunk(:, 2:5), levels='bottom_first')
  call scheme%bind_input('x', 'K', block, convert=.true.)
  call scheme%bind_input('x', 'K', state%t)
  call scheme%bind_output('x', 'K', state%u(:, 8:1:-1))
  call scheme%enqueue(2_int32, flags(:, 2))
  call scheme%enqueue(2_int32)
  call scheme%run(2_int32, other_flags(::2))
  call from_a_dummy(state, state%u, 4)
"""


def compiler_command(compiler: str) -> list[str]:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on PATH")
    return [compiler, "-fsyntax-only"]


@pytest.fixture(scope="module", params=COMPILERS)
def compiler(request: pytest.FixtureRequest, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """A compiler's command, and a folder with the bridge's modules compiled by it."""
    command = compiler_command(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    for name in SOURCES:
        subprocess.run([*command, str(repository / f"fortran_bridge/library/fortran/{name}.f90")], cwd=folder, check=True)
    return command, folder


def compile_host(compiler: tuple[list[str], Path], statement: str) -> subprocess.CompletedProcess:
    command, folder = compiler
    (folder / "host.f90").write_text(HOST.replace("{statement}", statement))
    return subprocess.run([*command, "host.f90"], cwd=folder, capture_output=True, text=True, check=False)


def test_every_module_of_the_bridge_is_in_the_list(repository: Path) -> None:
    assert sorted(SOURCES) == sorted(path.stem for path in (repository / "fortran_bridge/library/fortran").glob("*.f90"))


def test_arrays_that_need_no_copy_compile(compiler: tuple[list[str], Path]) -> None:
    result = compile_host(compiler, ACCEPTED)
    assert result.returncode == 0, result.stderr


def test_temporary_copies_do_not_compile(compiler: tuple[list[str], Path]) -> None:
    assert compile_host(compiler, "continue").returncode == 0
    compiled = [case for case, statement in REFUSED.items() if compile_host(compiler, statement).returncode == 0]
    assert compiled == []
