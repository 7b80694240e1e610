"""Sections as Markdown. Text of a file is data: it cannot end a table, a line or a heading."""

from __future__ import annotations

import html
from typing import Any

from paramnet.contract import visible
from paramnet.inspection.report import Section

_LONGEST = 400


def plain(value: Any, digits: int = 4) -> str:
    """A value as text within a line of Markdown; a number with that many significant digits."""
    text = f"{value:.{digits}g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
    text = visible(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…").replace("\n", " ")
    text = html.escape(text, quote=False)
    for sign in "\\|`*[]":
        text = text.replace(sign, f"\\{sign}")
    return text


def table(section: Section, digits: int = 4) -> str:
    """A section as a Markdown table; "" without rows."""
    if not section.rows:
        return ""
    columns = section.columns if any(section.columns) else ("quantity", "value")
    lines = [columns, ["---"] * len(columns), *([plain(value, digits) for value in row] for row in section.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
