"""A figure of a report."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Picture", "numbered"]

_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True)
class Picture:
    """A figure with its number and section in the report.

    caption : how to read it. text : what it shows, for those who cannot see it (the alternative text).
    """

    path: Path
    number: int
    section: str
    title: str
    caption: str
    text: str

    @property
    def source(self) -> str:
        """The file as a data URI."""
        return f"data:{_TYPES[self.path.suffix]};base64," + base64.b64encode(self.path.read_bytes()).decode()

    @property
    def link(self) -> str:
        """The file's address from the report, which lies beside the folder of figures."""
        return f"{self.path.parent.name}/{self.path.name}"


def numbered(drawn: Sequence[tuple[Path | None, str, str, str, str]]) -> list[Picture]:
    """Number the figures that exist. drawn : (file or None, section, title, caption, text), in the order of the report."""
    pictures: list[Picture] = []
    for path, section, title, caption, text in drawn:
        if path is not None:
            pictures.append(Picture(path, len(pictures) + 1, section, title, caption, text))
    return pictures
