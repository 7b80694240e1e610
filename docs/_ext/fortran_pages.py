"""The page of the Fortran interface: the public names of the modules with their declarations and the ``!>`` comments above them."""

import re
from dataclasses import dataclass
from pathlib import Path

from page_text import block, page, text

SOURCES = "fortran_bridge/library/fortran"
RECORD = "fortran_bridge/recorder/fortran/paramnet_record.f90"
_PROCEDURE = re.compile(
    r"(?P<comment>(?:^ *!>[^\n]*\n)*)"
    r"^ *(?P<first>(?:(?:pure|module|logical|integer\(int32\)) )*(?P<kind>subroutine|function) (?P<name>\w+)\([^&\n]*(?:&\n[^&\n]*)*)\n"
    r"(?P<body>.*?)^ *end (?P=kind) (?P=name)$",
    re.MULTILINE | re.DOTALL,
)
_DECLARATION = re.compile(r"^ *[a-z]\w*(?:\([^)]*\))?(?:, *[^:]*)? ::|^ *\w+\([^)]*\), value ::", re.IGNORECASE)


@dataclass(frozen=True)
class Procedure:
    """A procedure's first line, the declarations of its arguments, and what the comment says."""

    name: str
    first: str
    declarations: tuple[str, ...]
    comment: str

    @property
    def interface(self) -> str:
        """As it stands in the source, with included declarations."""
        return "\n".join([self.first, *(f"  {line.replace('!<', '!')}" for line in self.declarations)])


def procedures(file: Path) -> dict[str, Procedure]:
    """Every procedure of a module by name."""
    return {found["name"]: _procedure(found, file.parent) for found in _PROCEDURE.finditer(file.read_text(encoding="utf-8"))}


def bindings(file: Path) -> dict[str, list[str]]:
    """The public bindings of a derived type, with the specific procedures of each."""
    joined = re.sub(r"&\s*\n\s*", "", file.read_text(encoding="utf-8"))
    single = re.findall(r"^    procedure :: (\w+)(?: => (\w+))?$", joined, re.MULTILINE)
    generic = re.findall(r"^    generic :: (\w+) => (.*)$", joined, re.MULTILINE)
    found = {name: [target or name] for name, target in single} | {name: re.findall(r"\w+", names) for name, names in generic}
    order = re.findall(r"^    (?:procedure|generic) :: (\w+)", joined, re.MULTILINE)
    return {name: found[name] for name in order}


def public_names(file: Path) -> list[str]:
    """What a module offers besides constants."""
    joined = re.sub(r"&\s*\n\s*", "", file.read_text(encoding="utf-8"))
    names = [name for line in re.findall(r"^  public :: (.*)$", joined, re.MULTILINE) for name in re.findall(r"\w+", line)]
    return [name for name in names if not name.isupper()]


def pages(repository: Path) -> dict[str, str]:
    """Markdown by name of the page."""
    folder = repository / SOURCES
    main, laws, status = (folder / f"{name}.f90" for name in ("paramnet", "paramnet_laws", "paramnet_status"))
    known = procedures(main) | procedures(status)
    methods = [_section(f"scheme%{name}", [known[one] for one in specifics]) for name, specifics in bindings(main).items()]
    others = [_section(name, [known[name]]) for name in public_names(main) if name in known]
    usage = "What each procedure does, with an example: [the bridge](../../../fortran_bridge/README.md)."
    parts = [_head(main), usage, "## Type paramnet_scheme", *methods, "## Module paramnet: other procedures", *others]
    parts += ["## Constants", block(_constants(status), "fortran"), "## Module paramnet_laws", _head(laws)]
    parts += [_section(name, [one]) for name, one in procedures(laws).items() if name in public_names(laws)]
    return {"api/fortran": page("Fortran interface", *parts), "api/fortran_record": _record_page(repository / RECORD)}


def _record_page(file: Path) -> str:
    known = procedures(file)
    methods = [_section(f"recorder%{name}", [known[one] for one in specifics]) for name, specifics in bindings(file).items()]
    usage = "By task, with an example: [recording](../../guides/recording.md)."
    return page("Fortran interface of the recorder", _head(file), usage, "## Type paramnet_recorder", *methods)


def _procedure(found: re.Match[str], folder: Path) -> Procedure:
    first = re.sub(r" *&\s*\n\s*", " ", found["first"]).replace("module ", "")
    lines = [part for line in found["body"].splitlines() for part in _included(line.strip(), folder)]
    words = " ".join(line.strip().removeprefix("!>").strip() for line in found["comment"].splitlines())
    return Procedure(found["name"], _wrapped(first), tuple(_arguments(lines, first)), words)


def _included(line: str, folder: Path) -> list[str]:
    name = re.fullmatch(r"include '(.*)'", line)
    if not name:
        return [line]
    path = next(one for one in (folder / name[1], folder.parents[2] / SOURCES / name[1]) if one.is_file())
    return [part for inner in path.read_text(encoding="utf-8").splitlines() for part in _included(inner.strip(), folder)]


def _arguments(lines: list[str], first: str) -> list[str]:
    """The declarations of dummy arguments and of the result, not of local variables."""
    dummies = {name.lower() for name in re.findall(r"\w+", first.partition("(")[2])}
    shown = [line for line in lines if _DECLARATION.match(line)]
    return [line for line in shown if dummies & {name.lower() for name in re.findall(r"\w+", line.partition("::")[2])}]


def _wrapped(first: str) -> str:
    """The first line, continued before 100 letters."""
    lines, rest = [], first
    while len(rest) > 100 and ", " in rest[:98]:
        at = rest.rfind(", ", 0, 98) + 1
        lines.append(f"{rest[:at]} &")
        rest = "    " + rest[at + 1 :]
    return "\n".join([*lines, rest])


def _section(title: str, specifics: list[Procedure]) -> str:
    """Heading, declaration and comment; of a generic name the first specific procedure, and the lines in which the others differ."""
    one, *others = specifics
    comment = next((procedure.comment for procedure in specifics if procedure.comment), "")
    parts = [f"### {title}", block(one.interface, "fortran"), text(comment)]
    if others and {procedure.first.replace(procedure.name, "") for procedure in specifics} == {one.first.replace(one.name, "")}:
        lines = [line for procedure in others for line in procedure.declarations if line not in one.declarations]
        parts += ["Also with:", block("\n".join(dict.fromkeys(lines)), "fortran")]
    else:
        for other in others:
            parts += [block(other.interface, "fortran"), text(other.comment)]
    return "\n\n".join(part for part in parts if part)


def _head(file: Path) -> str:
    """The comment at the head of a module; what it says of the file itself is not for users."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("!>"):
            break
        lines.append(line.removeprefix("!>").strip())
    paragraphs = " ".join(line or "\n" for line in lines).split("\n")
    return "\n\n".join(text(paragraph) for paragraph in paragraphs if not paragraph.strip().startswith("This file"))


def _constants(file: Path) -> str:
    found = re.findall(r"^  (integer\(int32\), parameter), public( :: PARAMNET_.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return "\n".join(kind + name for kind, name in found)
