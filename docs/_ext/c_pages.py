"""The pages of the C interfaces: the declarations of ``paramnet.h`` and ``paramnet_record.h`` with the comments above them."""

import re
from pathlib import Path

from page_text import page, text

HEADER = "fortran_bridge/library/include/paramnet.h"
RECORD_HEADER = "fortran_bridge/recorder/include/paramnet_record.h"
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_PIECE = re.compile(
    r"(?P<comment>(?<=\n)/\*.*?\*/)"
    r"|enum \{(?P<enum>.*?)\};"
    r"|typedef struct (?P<opaque>\w+) \w+;"
    r"|typedef struct (?P<struct>\w+) \{(?P<members>.*?)\} \w+;"
    r"|typedef (?P<callback>[^;{]*\(\*\w+\)[^;]*);"
    r"|PARAMNET_API (?P<function>[^;]*);"
    r"|(?P<gap>\n\n)",
    re.DOTALL,
)
_FUNCTIONS = re.compile(r"PARAMNET_API [^;]*?(\w+)\(")


def functions(header: str) -> list[str]:
    """Names of the functions that a header exports."""
    return _FUNCTIONS.findall(_COMMENT.sub("", header).replace("#define PARAMNET_API", ""))


def pages(repository: Path) -> dict[str, str]:
    """Markdown by name of the page."""
    usage = "Use it in terms of the tasks of a host: [the bridge](../../../fortran_bridge/README.md)."
    record = "By task: [recording](../../guides/recording.md)."
    return {
        "api/c": page("C interface", *_parts(repository / HEADER, usage)),
        "api/c_record": page("C interface of the recorder", *_parts(repository / RECORD_HEADER, record)),
    }


def _parts(file: Path, usage: str) -> list[str]:
    header = file.read_text(encoding="utf-8")
    whole = header.split('extern "C" {')[1].split("#endif", 1)[1].rpartition("#ifdef __cplusplus")[0]
    about = header.partition("*/")[0].removeprefix("/*").partition(f"{file.stem}: ")[2]
    return [_words(about[0].upper() + about[1:]), f"{usage} Header: `#include <{file.name}>`.", *_declarations(whole)]


def _declarations(source: str) -> list[str]:
    """Each declaration as a directive; a comment belongs to what follows it without an empty line, or else is a paragraph."""
    parts: list[str] = []
    comment, before = "", ""
    for piece in _PIECE.finditer(source):
        kind = piece.lastgroup
        if kind == "comment":
            comment = _words(piece["comment"].removeprefix("/*").removesuffix("*/"))
        elif kind == "gap":
            parts += [comment] if comment and before == "comment" else []
            comment = ""
        else:
            if kind == before == "function":  # functions that follow each other have one description, below the last
                parts[-1] = parts[-1].replace(comment, "") if comment else parts[-1]
            parts.append(_directive(piece, comment))
        before = kind or ""
    return parts


def _directive(piece: re.Match[str], comment: str) -> str:
    if piece["enum"] is not None:
        behind = re.match(r" +/\*(.*?)\*/", piece.string[piece.end() :], re.DOTALL)
        comment = _words(behind[1]) if behind else comment
        return "\n\n".join(part for part in (comment and comment.rstrip(".") + ":", *_enumerators(piece["enum"])) if part)
    if piece["struct"]:
        return _fenced("struct", piece["struct"], comment, *_members(piece["members"]))
    if piece["opaque"]:
        return _fenced("struct", piece["opaque"], comment or "A loaded scheme.")
    if piece["callback"]:
        return _fenced("type", " ".join(piece["callback"].split()), comment)
    return _fenced("function", " ".join(piece["function"].split()), comment)


def _fenced(kind: str, signature: str, *parts: str) -> str:
    inside = "\n\n".join(part for part in parts if part)
    fence = "::::" if kind == "struct" else ":::"
    return f"{fence}{{c:{kind}}} {signature}\n\n{inside}\n{fence}"


def _enumerators(body: str) -> list[str]:
    """Constants, each with its value and the comment behind it."""
    found = re.findall(r"(\w+) = (\d+),?[ ]*(?:/\*(.*?)\*/)?", body, re.DOTALL)
    return [_fenced("macro", name, f"{value}{f': {_words(comment)}' if comment else ''}") for name, value, comment in found]


def _members(body: str) -> list[str]:
    found = re.findall(r"^\s*([\w *]+?(?:\[\d+\])?);[ ]*(?:/\*(.*?)\*/)?", body, re.DOTALL | re.MULTILINE)
    return [_fenced("member", declaration, _words(comment)) for declaration, comment in found]


def _words(comment: str) -> str:
    """A comment as a paragraph; lines that are indented deeper as lines of a list."""
    lines = [re.sub(r"^ \*? ?", "", line) for line in comment.strip().splitlines()]
    listed = any(re.match(r"  \S", line) for line in lines[1:])
    if not listed:
        return text(" ".join(lines))
    shown, inside = [], False
    for line in lines:
        deeper = re.match(r"  (\S.*)$", line)
        if deeper:
            shown.append(("" if inside else "\n") + f"- {text(deeper[1])}")
            inside = True
        elif inside and line.startswith("   "):
            shown[-1] += f" {text(line)}"
        else:
            shown.append("\n" * inside + text(line))
            inside = False
    return "\n".join(shown)
