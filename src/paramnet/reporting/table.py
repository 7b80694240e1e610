"""Tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table

__all__ = ["console", "table"]

_WIDTH = 160  # in a file, where the library's 80 columns would cut words


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Leave the error to the command, as that of a print; Rich would end the process."""
        raise


def console() -> Console:
    """Standard output, as wide as the terminal, or wide enough for tables in a file."""
    return _Output(width=None if sys.stdout.isatty() else _WIDTH)


def table(headings: Sequence[str], rows: Iterable[Iterable[RenderableType]], title: str = "", right: Collection[int] = ()) -> Table:
    """Return a table. ``right`` : positions of the columns of numbers, which are aligned right."""
    made = Table(title=title or None, title_justify="left", title_style="bold", show_header=any(headings), box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        made.add_column(heading, overflow="fold", no_wrap=place == 0, justify="right" if place in right else "left")
    for row in rows:
        made.add_row(*row)
    return made
