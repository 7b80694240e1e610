"""Templates of generated sources, and the literals of Fortran in them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["FORTRAN_COLUMNS", "template_environment"]

FORTRAN_COLUMNS = 132  # that a line of Fortran may have


def template_environment(package: str) -> Environment:
    """Of the templates in ``templates/`` of a package; a value that a template needs and does not get is an error.

    Its filters: ``quoted``, a Fortran character literal on one line; ``number``, a real64 literal; ``numbers``, several of them in
    continued lines.
    """
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"quoted": _quoted, "number": _number, "numbers": _numbers}
    return environment


def _quoted(text: str) -> str:
    return "'" + " ".join(str(text).split()).replace("'", "''") + "'"


def _number(value: float) -> str:
    text = repr(float(value))
    return f"{text if '.' in text or 'e' in text else text + '.0'}_real64"


def _numbers(values: Sequence[float], indent: int) -> str:
    """Literals for an array constructor: the lines after its bracket."""
    lines = textwrap.wrap(", ".join(map(_number, values)), FORTRAN_COLUMNS - 10 - indent)
    return " &\n".join(f"{' ' * indent}{line}" for line in lines)
