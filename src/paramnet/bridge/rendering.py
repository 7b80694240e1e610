"""Templates of generated Fortran and of the files around it."""

from __future__ import annotations

import re
import textwrap
from functools import cache
from typing import Any

from jinja2 import Environment

from paramnet.files.source_text import FORTRAN_COLUMNS, template_environment

_FURTHER = 2  # columns by which a continued line is indented


@cache
def _environment() -> Environment:
    environment = template_environment("paramnet.bridge")
    environment.filters["comment"] = _comment
    return environment


def rendered(template: str, **values: Any) -> str:
    """The text of a template in ``templates/``; a value that it needs and does not get is an error.

    Its filters: ``quoted``, a Fortran character literal; ``comment``, lines of a Fortran comment; ``number``, a real64 literal;
    ``numbers``, several of them in continued lines.
    """
    text = _environment().get_template(template).render(**values)
    return "".join(map(_folded, text.splitlines(keepends=True))) if template.endswith(".f90") else text


def _folded(line: str) -> str:
    """A statement that is longer than a line may be, broken at spaces outside its character literals. Lines with a comment stay."""
    if "!" in re.sub("'[^']*'", "", line):
        return line
    indent = len(line) - len(line.lstrip())
    folded = ""
    while len(line.rstrip()) > FORTRAN_COLUMNS:
        spaces = [at for at, letter in enumerate(line[: FORTRAN_COLUMNS - 1]) if letter == " " and line[:at].count("'") % 2 == 0]
        folded += f"{line[: spaces[-1]]} &\n"
        line = " " * (indent + _FURTHER) + line[spaces[-1] :].lstrip()
    return folded + line


def _comment(text: str, indent: int, mark: str = "!>") -> str:
    """``text`` as lines of a comment, each behind ``indent`` spaces."""
    start = f"{' ' * indent}{mark} "
    words = re.sub(r"[^ -~\u00a1-\uffff]+", " ", text)
    return "\n".join(textwrap.wrap(words, FORTRAN_COLUMNS - 10, initial_indent=start, subsequent_indent=start, break_on_hyphens=False))
