"""Code in the documentation compiles and runs, and the signatures in the reference are those of the code."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_kept_arrays import SOURCES

DOCUMENTS = ["README.md", "docs/guides/coupling.md", "docs/hosts/adapters.md", "fortran_bridge/README.md"]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)

# The host around the documents' lines.
HOST = """
module host_sizes
  implicit none
  integer, parameter :: pcols = 16, plev = 11, nlev = 10
end module host_sizes
program host
  use host_sizes
  implicit none
  call step()
contains
  subroutine step({argument})
    use, intrinsic :: iso_fortran_env, only: int32, real64
    use paramnet
    {block}
    print '(i0, 1x, a)', status, message
  end subroutine step
end program host
"""

# The declarations around the examples of single entries.
ENTRY = """
subroutine entry_of_the_reference(ncol, step)
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet
  implicit none
  integer, parameter :: nlev = 10, nchunks = 3, n_in = 53, n_out = 30
  integer(int32), intent(in) :: ncol, step
  type(paramnet_scheme), save :: scheme, handle(nchunks)
  real, target :: q(16, nlev + 1), dt(16, nlev), t_field(8, 2, nlev), rain(16), drain(16), added(16)
  real :: x(16, n_in), y(16, n_out), hyam(nlev), hybm(nlev), ps0
  real(real64) :: bias(nlev), rms(nlev), largest(nlev)
  integer(int32), target :: flags(16), flags_of(16, nchunks)
  integer(int32) :: status, c
  integer(int64) :: total, fallen, global_column(16)
  real(real32), allocatable :: state(:, :)
  character(len=:), allocatable :: message
  external :: report, end_run
  {block}
end subroutine entry_of_the_reference
"""


def blocks(repository: Path, document: str, language: str) -> list[str]:
    return [body for _, named, body in BLOCK.findall((repository / document).read_text()) if named == language]


@pytest.fixture(scope="module")
def modules(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bridge's .mod files, from the current sources."""
    if shutil.which("gfortran") is None:
        pytest.skip("no gfortran on PATH")
    folder = tmp_path_factory.mktemp("modules")
    for name in SOURCES:
        subprocess.run(
            ["gfortran", "-fsyntax-only", str(repository / f"fortran_bridge/library/fortran/{name}.f90")], cwd=folder, check=True
        )
    return folder


def compile_text(modules: Path, name: str, text: str, *options: str) -> None:
    (modules / name).write_text(text)
    result = subprocess.run(["gfortran", "-fsyntax-only", *options, name], cwd=modules, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def as_host(block: str) -> str:
    """A program with the lines of a document in a procedure; `ncol` is its argument if they do not declare it."""
    declared = re.search(r"^integer.*:: ncol\b", block, re.MULTILINE) is not None
    block = block.removeprefix("use paramnet\n")
    if declared:
        return HOST.replace("{block}", block.replace("\ncall ", "\nncol = 8\ncall ", 1)).replace("{argument}", "")
    return HOST.replace("{block}", "integer, intent(in) :: ncol\n" + block).replace("{argument}", "ncol").replace("step()", "step(8)")


def test_every_fortran_block_is_known_to_this_test(repository: Path) -> None:
    assert {document: len(blocks(repository, document, "fortran")) for document in DOCUMENTS} == {
        "README.md": 1, "docs/guides/coupling.md": 0, "docs/hosts/adapters.md": 0, "fortran_bridge/README.md": 17,
    }  # fmt: skip


@pytest.mark.parametrize("document", ["README.md", "fortran_bridge/README.md"])
@pytest.mark.parametrize("option", [(), ("-fdefault-real-8",)], ids=["real32", "real64"])
def test_the_lines_for_a_host_compile_in_both_kinds(repository: Path, modules: Path, document: str, option: tuple[str, ...]) -> None:
    block, *_ = blocks(repository, document, "fortran")
    compile_text(modules, "host.f90", as_host(block), *option)


def test_the_example_of_every_entry_of_the_reference_compiles(repository: Path, modules: Path) -> None:
    _, *entries = blocks(repository, "fortran_bridge/README.md", "fortran")
    for number, block in enumerate(entries):
        compile_text(modules, f"entry{number}.f90", ENTRY.replace("{block}", block))


def test_the_documented_command_compiles_the_documented_lines_and_they_run(
    built_bridge: Path, repository: Path, schemes: Path, tmp_path: Path
) -> None:
    prefix = built_bridge.parent.parent
    if shutil.which("pkg-config") is None or not (prefix / "lib/pkgconfig").is_dir():
        pytest.skip("no pkg-config, or no installed bridge")
    block, *_ = blocks(repository, "fortran_bridge/README.md", "fortran")
    (command,) = [text for text in blocks(repository, "fortran_bridge/README.md", "") if text.startswith("gfortran ")]
    (tmp_path / "host.f90").write_text(as_host(block))
    shutil.copy(schemes / "identity.pt", tmp_path / "scheme.pt")
    environment = os.environ | {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    result = subprocess.run(
        ["bash", "-ec", command + "./a.out"], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert "surface_air_pressure" in result.stderr + result.stdout  # the arrays were not filled: the library reports it


def test_the_documented_cmake_lines_link_a_host(built_bridge: Path, repository: Path, tmp_path: Path) -> None:
    prefix = built_bridge.parent.parent
    if not (prefix / "lib/cmake/paramnet").is_dir():
        pytest.skip("no installed bridge")
    (lines,) = [text for text in blocks(repository, "fortran_bridge/README.md", "") if text.startswith("find_package(")]
    (tmp_path / "host.f90").write_text("program host\n  use paramnet\n  print '(a)', paramnet_version()\nend program host\n")
    project = "cmake_minimum_required(VERSION 3.20)\nproject(host LANGUAGES C Fortran)\nadd_executable(host host.f90)\n" + lines
    (tmp_path / "CMakeLists.txt").write_text(project)
    for command in (["cmake", f"-DCMAKE_PREFIX_PATH={prefix}", "-B", "build"], ["cmake", "--build", "build"], ["build/host"]):
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_documented_make_targets_exist(repository: Path) -> None:
    lines = "".join(body for body in blocks(repository, "fortran_bridge/README.md", "") if "install-bridge" in body).splitlines()
    lines += "".join(body for body in blocks(repository, "docs/hosts/adapters.md", "") if "install-bridge" in body).splitlines()
    targets = [words for line in lines if (words := re.search(r"^(?:FC=\w+ )?make ([\w-]+)", line))]
    assert len(targets) >= 4
    makefile = (repository / "Makefile").read_text()
    assert [target[1] for target in targets if not re.search(rf"^{target[1]}:", makefile, re.MULTILINE)] == []


def signatures() -> dict[str, list[list[str]]]:
    """Dummy arguments of every public procedure of the Fortran module, by public name; one list per specific procedure."""
    text = "\n".join(
        re.sub(r"&\s*\n\s*&?", " ", path.read_text())
        for path in (Path(__file__).parents[3] / "fortran_bridge/library/fortran").glob("*.f90")
    )
    dummies = {
        name: [word.strip() for word in words.split(",") if word.strip() not in ("self", "")]
        for name, words in re.findall(r"^ *(?:[\w() ]+ )?(?:subroutine|function) (\w+)\(([^)]*)\)", text, re.MULTILINE)
        if not name.startswith("c_")
    }
    public = {name: [target or name] for name, target in re.findall(r"^    procedure :: (\w+)(?: => (\w+))?$", text, re.MULTILINE)}
    public |= {name: re.findall(r"\w+", names) for name, names in re.findall(r"^    generic :: (\w+) => (.*)$", text, re.MULTILINE)}
    return {name: [dummies[specific] for specific in specifics if specific in dummies] for name, specifics in public.items()}


def test_arguments_come_in_the_order_of_the_reference_and_status_and_message_last(repository: Path) -> None:
    code = signatures()
    headings = re.findall(r"^### (.*\(.*)$", (repository / "fortran_bridge/README.md").read_text(), re.MULTILINE)
    documented = {
        name: re.findall(r"\w+", words) for heading in headings for name, words in re.findall(r"(\w+)\(([^)]*)\)", heading) if name in code
    }
    documented["bind_output"] = documented["bind_input"]
    assert {"load", "bind_input", "check_pressure", "run", "enqueue", "predict", "counters", "comparison"} <= documented.keys()
    without_status = {"levels", "loaded", "describe", "free", "state_size", "random_numbers"}
    wrong = {}
    for name, arguments in documented.items():
        expected = arguments if "status" in arguments or name in without_status else [*arguments, "status", "message"]
        if name == "ramp":
            expected = [["fraction", "status", "message"], ["step", "start", "steps", "status", "message"]]
            found = sorted({tuple(one) for one in code[name]})
            wrong |= {} if found == sorted(map(tuple, expected)) else {name: found}
        elif any(one != expected for one in code[name]):
            wrong[name] = code[name]
    assert wrong == {}
    keyword_last = {name for name in documented for one in code[name] if "status" in one and one[-2:] != ["status", "message"]}
    assert keyword_last == {"run", "enqueue"}  # `first` comes after them, so that run(ncol, flags, status, message) keeps working
