"""The documentation as a site: pages made from the code, navigation from docs/README.md, links to folders, docstrings."""

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import c_pages
import command_pages
import fortran_pages
import python_pages

GENERATED = "docs/generated"
# Pages that end with a list of the pages made from the code.
PARENTS = {
    "docs/reference/command_line": {"Commands": "commands", "Groups": "groups"},
    "docs/reference/python": {"Packages": "api/paramnet"},
    "docs/reference/fortran_and_c": {"Declarations": "api/[cf]"},
}
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s#]+\.md)\)")
_DESCRIBED = re.compile(r"^(\*{0,2}[A-Za-z_][\w.]*(?:, \*{0,2}[A-Za-z_][\w.]*)*) : ?(.*)$")
_SUBSTITUTION = re.compile(r"\|(?=[^`]*(?:``[^`]*``[^`]*)*$)")  # of reStructuredText, where a docstring means an absolute value


def write_pages(app: Sphinx) -> None:
    """Write what has changed of the pages made from the code, and remove pages of what is gone."""
    repository, folder = Path(app.srcdir), Path(app.srcdir) / GENERATED
    made = command_pages.pages() | c_pages.pages(repository) | fortran_pages.pages(repository) | python_pages.pages()
    files = {folder / (name if name.endswith(".rst") else f"{name}.md"): words for name, words in made.items()}
    for stale in {path for path in folder.rglob("*") if path.is_file()} - files.keys():
        stale.unlink()
    for path, words in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != words:
            path.write_text(words, encoding="utf-8")


def add_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """Append lists of pages: to the first page, from the sections of docs/README.md; to parents, the pages made from the code."""
    if docname == app.config.root_doc:
        source[0] += "\n".join(_sections(Path(app.srcdir)))
    for heading, pattern in PARENTS.get(docname, {}).items():
        found = sorted((Path(app.srcdir) / GENERATED).glob(f"{pattern}*")) + sorted((Path(app.srcdir) / GENERATED / pattern).glob("*.md"))
        names = [f"/{path.relative_to(app.srcdir).with_suffix('').as_posix()}" for path in found if path.is_file()]
        source[0] += f"\n\n## {heading}\n" + _toctree("", names, hidden=False)


def _sections(repository: Path) -> list[str]:
    """A list of pages for each section of docs/README.md, in its order."""
    index = repository / "docs/README.md"
    before, *sections = re.split(r"^## (.*)$", index.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [_toctree("", ["/docs/README", *_pages(repository, before)])]
    for caption, words in zip(sections[::2], sections[1::2], strict=True):
        found.append(_toctree(caption, _pages(repository, words)))
    return found


def _pages(repository: Path, words: str) -> list[str]:
    """The pages that a part of docs/README.md links to, under the names it gives them."""
    links = {(repository / "docs" / link).resolve().relative_to(repository): name for name, link in reversed(_LINK.findall(words))}
    return [f"{name[:1].upper()}{name[1:]} </{target.with_suffix('').as_posix()}>" for target, name in reversed(links.items())]


def _toctree(caption: str, names: list[str], hidden: bool = True) -> str:
    options = [":hidden:"] * hidden + [f":caption: {caption}"] * bool(caption) + [":maxdepth: 1"]
    return "\n\n" + "\n".join(["```{toctree}", *options, *names, "```"]) + "\n"


def plain_folders(app: Sphinx, doctree: nodes.document) -> None:
    """A link to a folder of the repository, which the site does not contain, becomes its name."""
    for node in list(doctree.findall()):
        target = node.get("reftarget", "") if isinstance(node, nodes.Element) else ""
        if target and "://" not in target and (Path(doctree["source"]).parent / target).is_dir():
            node.replace_self(nodes.inline("", "", *node.children))


def as_written(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Docstrings describe arguments on lines ``name : meaning``: show these as a list."""
    shown: list[str] = []
    inside = False
    for line in lines:
        described = _DESCRIBED.match(line)
        if described:
            shown += [""] * (not inside) + [f"* **{described[1].replace('*', '')}**: {described[2]}"]
            inside = True
        elif inside and line.strip():
            shown.append(f"  {line.strip()}")
        else:
            shown.append(line)
            inside = False
    lines[:] = [_SUBSTITUTION.sub(r"\\|", line) for line in shown]


def add_accessibility(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The level of headings in the navigation, which Sphinx leaves out; code and tables that scroll can be reached by keyboard."""
    for key, before, after in (
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
        ("body", '<div class="highlight"><pre>', '<div class="highlight"><pre tabindex="0">'),
        ("body", '<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
    ):
        if isinstance(context.get(key), str):
            context[key] = context[key].replace(before, after)


def add_start_page(app: Sphinx, exception: Exception | None) -> None:
    """The first page under the name that web servers look for."""
    if exception is None and app.builder.format == "html":
        shutil.copyfile(Path(app.outdir) / f"{app.config.root_doc}.html", Path(app.outdir) / "index.html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", add_navigation)
    app.connect("doctree-read", plain_folders)
    app.connect("autodoc-process-docstring", as_written)
    app.connect("html-page-context", add_accessibility, priority=900)  # after the theme's
    app.connect("build-finished", add_start_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
