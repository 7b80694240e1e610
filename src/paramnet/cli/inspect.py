"""``paramnet inspect``: an inspection's report on a terminal, or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from paramnet.inspection import Section, inspect

_DESCRIPTION = """What is inside a scheme.pt (contract, ranges, grid, native program, checks, skill, provenance, hashes
compared), a training store (contract, splits, statistics, provenance) or a netCDF file (dimensions, variables, units, times,
and which shipped source it looks like)."""


def main(name: str) -> None:
    """Command line of ``paramnet inspect``; a ParamnetError says what a path is not."""
    parser = argparse.ArgumentParser(prog=f"paramnet {name}", description=_DESCRIPTION)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="scheme.pt, store or netCDF file")
    parser.add_argument("--json", action="store_true", help="the same as JSON, numbers unrounded")
    arguments = parser.parse_args()
    reports = [inspect(path) for path in arguments.paths]
    if arguments.json:
        plain = [report.to_plain() for report in reports]
        print(json.dumps(plain[0] if len(plain) == 1 else plain, indent=1, default=str))
        return
    console = Console(width=None if sys.stdout.isatty() else 150)
    for report in reports:
        console.print(f"[bold]{report.path}[/bold]: {report.kind}", highlight=False)
        for section in report.sections:
            console.print(_table(section), "")


def _table(section: Section) -> Table:
    listed = section.columns == ("", "")
    title = f"{section.title} ({section.note})" if section.note else section.title
    table = Table(title=title, title_justify="left", show_header=not listed, box=None, pad_edge=False, title_style="bold")
    for index, heading in enumerate(section.columns):
        table.add_column(heading, overflow="fold", no_wrap=index == 0)
    for row in section.rows:
        table.add_row(*map(_shown, row))
    return table


def _shown(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
    return (text if len(text) <= 400 else text[:397] + "…").replace("[", r"\[")
