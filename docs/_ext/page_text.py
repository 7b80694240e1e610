"""Markdown for pages that are made from the code."""

import re
from collections.abc import Iterable

_SIGNS = re.compile(r"([\\|*_<>\[\]#~$])")


def text(words: str) -> str:
    """Words in which nothing is markup but `code`; on one line."""
    parts = re.split(r"(`[^`]+`)", " ".join(words.split()))
    return "".join(code(part[1:-1]) if number % 2 else _SIGNS.sub(r"\\\1", part) for number, part in enumerate(parts))


def code(words: str) -> str:
    """Words as they are typed, also in a table; "" for none."""
    words = words.replace("|", "\\|")
    fence = "``" if "`" in words else "`"
    return f"{fence}{words}{fence}" if words else ""


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already; "" without rows."""
    headings = list(headings)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(headings)} |", "|---" * len(headings) + "|", *lines]) if lines else ""


def block(words: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{words.rstrip()}\n```"


def page(title: str, *parts: str) -> str:
    """A page: its title, and the parts that are not empty."""
    return "\n\n".join([f"# {title}", *(part for part in parts if part)]) + "\n"
