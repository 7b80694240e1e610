"""One YAML file of ``conf/``: its keys with their defaults as written, and their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OF_SITE = re.compile(r"\$\{site:\w+,(.*)\}")  # the default without a site
_PACKAGE = re.compile(r"#\s*@package\s+(\S+)")


@dataclass(frozen=True)
class Key:
    """A key with its path (``trainer.epochs``), its default as written, and its comment.

    is_table : it has keys of its own, which follow.
    """

    name: str
    default: str
    comment: str
    is_table: bool = False


@dataclass(frozen=True)
class ConfigFile:
    """One YAML file: the comment at its head, its defaults list, its keys at their place in the configuration, its own help text."""

    heading: str
    defaults: tuple[Any, ...]
    keys: tuple[Key, ...]
    help_text: str


@cache
def read(path: Path, group: str) -> ConfigFile:
    """Parse one file of a group ("" for a command's own). Raises OSError or yaml.YAMLError."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    package = next((match[1] for line in lines[:3] if (match := _PACKAGE.match(line))), group.replace("/", "."))
    root = yaml.compose(text, Loader=_LOADER)
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    plain = yaml.load(text, Loader=_LOADER) or {}
    plain = plain if isinstance(plain, dict) else {}
    defaults = tuple(plain.get("defaults") or ())
    help_text = plain.get("hydra", {}).get("help", {}).get("template", "")
    prefix = "" if package == "_global_" or not group else f"{package}."
    own = [(name, value) for name, value in entries if name.value not in ("defaults", "hydra")]
    parent = [Key(prefix[:-1], "", "", is_table=True)] if prefix else []
    return ConfigFile(_heading(lines), defaults, (*parent, *_keys(own, prefix, lines)), help_text)


def _keys(entries: list[Any], prefix: str, lines: list[str]) -> Iterator[Key]:
    for name, value in entries:
        if name.value == "<<":
            continue
        is_table = isinstance(value, yaml.MappingNode) and bool(value.value)
        start, end = name.start_mark.line, name.end_mark if is_table else value.end_mark
        yield Key(f"{prefix}{name.value}", "" if is_table else _written(value, lines), _comment(lines, start, end), is_table)
        if is_table:
            yield from _keys(value.value, f"{prefix}{name.value}.", lines)


def _written(node: Any, lines: list[str]) -> str:
    """A value as it is in the file, on one line."""
    start, end = node.start_mark, node.end_mark
    if start.line == end.line:
        written = lines[start.line][start.column : end.column]
        return of_site[1] if (of_site := _OF_SITE.fullmatch(written)) else written
    return "[…]" if isinstance(node, yaml.SequenceNode) else "…"


def _comment(lines: list[str], first: int, end: Any) -> str:
    """The comment after a value that ends at the mark ``end``, or on the lines directly above its key in line ``first``."""
    line = lines[end.line] if end.line < len(lines) else ""
    _, mark, text = line[end.column :].partition("  #")
    if mark:
        return text.strip()
    indentation = " " * (len(lines[first]) - len(lines[first].lstrip()))
    above: list[str] = []
    while first > 0 and lines[first - 1].startswith(f"{indentation}# "):
        first -= 1
        above.insert(0, lines[first].strip().lstrip("# "))
    return " ".join(above) if first > 0 else ""


def _heading(lines: list[str]) -> str:
    """The comment at the head of a file."""
    kept = []
    for line in lines:
        if not line.startswith("#"):
            break
        if not _PACKAGE.match(line):
            kept.append(line.lstrip("# "))
    return "\n".join(kept)
