"""Render self-contained HTML files from the shipped templates, with inlined figures."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from paramnet.files import write_text

__all__ = ["number", "plain_name", "render", "rendered", "typeset"]

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def inline_image(path: Path) -> str:
    """A PNG file as a data URI."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


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
    loaders = [PackageLoader(name, "templates") for name in (*packages, "paramnet.reporting")]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, words=plain_name, image=inline_image, units=typeset)
    return environment.get_template(template).render(**values)
