"""Render self-contained HTML files from the shipped templates, with inlined figures and a list of contents."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from paramnet.files import write_text

__all__ = ["link_between", "number", "plain_name", "render", "rendered", "typeset"]

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LINKS = "<!--further reports-->"


@dataclass(frozen=True)
class Contents:
    """The ``body`` of a page, each of whose headings has an id, and its ``headings``: level (2 or 3), id, text."""

    body: Markup
    headings: list[tuple[int, str, Markup]]


def contents(body: str) -> Contents:
    """Give each h2 and h3 of a page an id, made of its text."""
    headings: list[tuple[int, str, Markup]] = []

    def named(heading: re.Match[str]) -> str:
        level, text = int(heading[1]), heading[2].strip()
        words = re.sub(r"[^a-z0-9]+", "-", Markup(text).striptags().lower()).strip("-") or "section"
        same = sum(1 for _, taken, _ in headings if taken == words or taken.startswith(f"{words}--"))
        headings.append((level, f"{words}--{same + 1}" if same else words, Markup(text)))
        return f'<h{level} id="{headings[-1][1]}">{text}</h{level}>'

    return Contents(Markup(re.sub(r"<h([23])>(.*?)</h\1>", named, body, flags=re.DOTALL)), headings)


def link_between(report: Path, other: Path, title: str) -> str:
    """Add a link to ``report`` to the page ``other``, once, and return the address of ``other`` from ``report``.

    Empty if there is no such page. A page that cannot be written, or that an older version made, stays as it is.
    """
    if not other.is_file():
        return ""
    page = other.read_text(encoding="utf-8")
    line = Markup('<li><a href="{}">{}</a></li>').format(_address(report, other.parent), title)
    if _LINKS in page and line not in page and os.access(other, os.W_OK) and os.access(other.parent, os.W_OK):
        write_text(other, page.replace(_LINKS, f"{line}{_LINKS}", 1))
    return _address(other, report.parent)


def _address(target: Path, folder: Path) -> str:
    """A relative address, for folders that move together."""
    return Path(os.path.relpath(target.resolve(), folder.resolve())).as_posix()


def number(value: float | None, digits: int = 3) -> str:
    """A score as text: significant digits, a true minus sign, an em dash for a missing value."""
    if value is None or value != value:
        return "—"
    magnitude = abs(value)
    if magnitude != 0 and (magnitude < 1e-3 or magnitude >= 1e5):
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPT)}".replace("-", "−")
    text = f"{value:#.{digits}g}".rstrip(".") if 0 < magnitude < 10.0**digits else f"{value:.0f}"
    return text.replace("-", "−")


def plain_name(name: str) -> str:
    """A variable name with spaces instead of underscores."""
    return name.replace("_", " ")


def typeset(units: str) -> str:
    """Units with true exponents, as in W m⁻²."""
    return re.sub(r"(?<=[A-Za-z])-?\d+", lambda power: power[0].translate(SUPERSCRIPT), units)


def render(template: str, target: Path, packages: Sequence[str], **values: Any) -> Path:
    """Render the template from the first of ``packages`` (or this one) that has it, and write it to ``target``."""
    write_text(target, rendered(template, packages, **values))
    return target


def rendered(template: str, packages: Sequence[str], **values: Any) -> str:
    """The text of a template; the values are escaped in HTML only."""
    return environment(packages).get_template(template).render(**values)


def environment(packages: Sequence[str] = ()) -> Environment:
    """Templates of ``packages`` and of this one, with the filters that they use."""
    loaders = [PackageLoader(name, "templates") for name in (*packages, "paramnet.reporting")]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, words=plain_name, contents=contents, units=typeset)
    return made
