"""A file has at most 250 lines, or a reason in docs/developer/coding_standards.md."""

import re
from pathlib import Path

MOST = 250
SUFFIXES = {".py", ".cpp", ".hpp", ".c", ".f90", ".F90"}


def test_a_longer_file_has_a_reason(repository: Path) -> None:
    page = (repository / "docs" / "developer" / "coding_standards.md").read_text()
    excused = set(re.findall(r"^\s*\| `([^`]+)`", page.split("| longer file | reason |")[1].split("\n\n")[0], re.MULTILINE))
    found = [path for folder in ("src", "fortran_bridge", "benchmarks", "data") for path in (repository / folder).rglob("*")]
    sources = [path for path in found if path.suffix in SUFFIXES and "tests" not in path.relative_to(repository).parts]
    assert len(sources) > 400
    long = {str(path.relative_to(repository)) for path in sources if len(path.read_text(encoding="utf-8").splitlines()) > MOST}
    assert long == excused
