"""Relative links between the pages of documentation, and pages that code, configuration and tests name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ["docs", "src", "conf", "tests", "benchmarks", "data", "fortran_bridge"]
LINK = re.compile(r"\]\(([^()\s]+)\)")
NAMED = re.compile(r"(?<![\w/.])(?:docs|fortran_bridge|data)/[\w/]+\.md\b")
TEXT = {".py", ".md", ".yaml", ".cpp", ".hpp", ".h", ".f90", ".F90", ".cmake", ".txt", ".jinja", ".toml", ".cff", ".sh"}


def texts(repository: Path) -> Iterator[Path]:
    yield from (path for path in repository.iterdir() if path.suffix in TEXT)
    for folder in FOLDERS:
        found = (path for path in (repository / folder).rglob("*") if path.suffix in TEXT and path.is_file())
        yield from (path for path in found if not path.is_relative_to(repository / "docs" / "generated"))  # by `make docs`


def anchors(page: str) -> set[str]:
    """The names by which GitHub links to a page's headings."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)):
        name, _, anchor = link.partition("#")
        if "://" in name:
            continue
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)
    return broken


def test_no_relative_link_of_the_documentation_is_broken(repository: Path) -> None:
    pages = [path for path in texts(repository) if path.suffix == ".md"]
    assert len(pages) > 20
    assert [f"{page.relative_to(repository)}: {link}" for page in pages for link in broken_links(page)] == []


def test_every_page_that_a_text_names_exists(repository: Path) -> None:
    named = [(path, name) for path in texts(repository) for name in NAMED.findall(path.read_text())]
    assert any(path.suffix == ".py" for path, _ in named)
    assert [f"{path.relative_to(repository)}: {name}" for path, name in named if not (repository / name).is_file()] == []


def test_every_page_links_to_the_glossary(repository: Path) -> None:
    pages = [path for path in texts(repository) if path.suffix == ".md" and path.name != "CHANGELOG.md"]
    assert [
        str(page.relative_to(repository)) for page in pages if page.name != "glossary.md" and "glossary.md)" not in page.read_text()
    ] == []


def test_every_term_of_the_glossary_is_there_once(repository: Path) -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\*( \(.+?\))? \|", (repository / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert len(terms) > 30 and len(set(terms)) == len(terms) and terms == sorted(terms, key=lambda term: term[0].lower())


def test_every_page_is_in_the_index(repository: Path) -> None:
    index = repository / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}
    assert {path for path in texts(repository) if path.suffix == ".md"} - linked == {index, repository / "README.md"}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](there.md) [b](there.md#a-heading-of-it) [c](#here) [d](https://example.org/gone)\n# Here\n", []),
        ("[a](gone.md)", ["gone.md"]),
        ("[a](there.md#gone)", ["there.md#gone"]),
        ("[a](#gone)\n# Here\n", ["#gone"]),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, text: str, broken: list[str]) -> None:
    (tmp_path / "there.md").write_text("# A heading, of it\n")
    (tmp_path / "page.md").write_text(text)
    assert broken_links(tmp_path / "page.md") == broken
