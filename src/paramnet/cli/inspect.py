"""``paramnet inspect``: an inspection's report on a terminal, or as JSON."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from paramnet.cli.failures import explained
from paramnet.contract import ParamnetError, visible
from paramnet.reporting.table import console, table

if TYPE_CHECKING:
    from paramnet.inspection import Report

_DESCRIPTION = """What is inside a scheme.pt (contract, ranges, grid, native program, checks, growth rate of its linear response,
skill, provenance, hashes compared), a checkpoint (contract, network, settings, scores, training data), the output folder of train,
evaluate or online (settings, scores, end of the run), a training store (contract, splits, statistics, provenance) or a netCDF file
(dimensions, variables, units, times, and which shipped source it looks like)."""


def main(name: str) -> None:
    """Command line of ``paramnet inspect``; of several paths, those that can be read are shown before the error is raised."""
    parser = argparse.ArgumentParser(prog=f"paramnet {name}", description=_DESCRIPTION)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="scheme.pt, checkpoint, folder of a run, store or netCDF file")
    parser.add_argument("--json", action="store_true", help="the same as JSON, numbers unrounded")
    parser.add_argument("--state", metavar="FILE", help="columns, .npy of (column, n_in) in contract units: the linear response there")
    arguments = parser.parse_args()
    from paramnet.inspection import inspect  # imports torch

    reports, errors = [], []
    for path in arguments.paths:
        try:
            reports.append(inspect(path, arguments.state))
        except Exception as error:
            errors.append(explained(error, name))
    if arguments.json and reports:
        plain = [report.to_plain() for report in reports]
        print(json.dumps(plain[0] if len(arguments.paths) == 1 else plain, indent=1, default=str))
    elif reports:
        _show(reports)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ParamnetError("\n".join(map(str, errors)))


def _show(reports: list[Report]) -> None:
    out = console()
    for report in reports:
        out.print(f"[bold]{printable(report.path)}[/bold]: {report.kind}", highlight=False)
        for section in report.sections:
            title = printable(f"{section.title} ({section.note})" if section.note else section.title)
            out.print(table(section.columns, (map(printable, row) for row in section.rows), title), "")


def printable(value: Any) -> str:
    """A value of a file as a cell of a table: at most 400 characters, safe for a terminal and for rich's markup."""
    text = f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
    return visible(text if len(text) <= 400 else text[:397] + "…").replace("[", r"\[")
