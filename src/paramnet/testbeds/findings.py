"""What an experiment on a small system found: a table, facts and figures, as scores.json and one report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from paramnet.files import locked, require_writable_folder, write_json
from paramnet.reporting.html import number, render
from paramnet.reporting.picture import numbered
from paramnet.reporting.provenance import how_made
from paramnet.reporting.style import figure_style
from paramnet.testbeds.claim import claim

Drawn = tuple[Path | None, str, str, str, str]  # file, section "scores", title, caption, text


@dataclass
class Findings:
    """title, lead : of the report. columns : heading of each key of a row. rows : by name, with ``label``; the uncertainty of a value ``a``
    is ``a_std``. facts : (value, what it is). note : below the table. draw : writes figures into a folder."""

    testbed: str
    title: str
    lead: str
    columns: dict[str, str]
    rows: dict[str, dict[str, Any]]
    facts: list[tuple[float, str]]
    note: str
    draw: Callable[[Path], list[Drawn]]
    numbers: dict[str, Any] = field(default_factory=dict)


def found(config: Any, experiment: Callable[[], Findings]) -> Path:
    """Write ``scores.json``, ``figures`` and ``report.html`` of an experiment into ``config.output``; complete results are kept.

    config : a dataclass with ``output`` and ``overwrite``; the rest are settings. Raises ParamnetError for results of other settings.
    """
    began = time.monotonic()
    folder = require_writable_folder(Path(config.output), "output")
    settings = {key: value for key, value in asdict(config).items() if key not in ("output", "overwrite")}
    with locked(folder / ".lock", f"scores in {folder}"):
        results = [folder / "scores.json", folder / "report.html"]
        if claim(folder / "identity.json", {"settings": settings}, "scores", results, config.overwrite):
            return folder
        findings = experiment()
        scores = {
            "testbed": findings.testbed,
            "settings": settings,
            "columns": findings.columns,
            "rows": findings.rows,
            **findings.numbers,
            "provenance": how_made(began),
        }
        with figure_style():
            pictures = numbered(findings.draw(folder / "figures"))
        files = [("scores.json", "all numbers of this report"), ("figures", "the figures, one file each")]
        write_json(folder / "scores.json", scores)
        render("findings_report.html", folder / "report.html", ("paramnet.testbeds",), title=findings.title, findings=findings,
               scores=scores, pictures=pictures, files=files)  # fmt: skip
    return folder


def table_of(scores: dict[str, Any]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Headings and rows of the table on the terminal; values with their standard deviation over seeds."""
    rows = [[row["label"], *(with_spread(row, key) for key in scores["columns"])] for row in scores["rows"].values()]
    return ("", *scores["columns"].values()), rows


def with_spread(row: dict[str, Any], key: str) -> str:
    """A value of a row, with ± its standard deviation if there is one."""
    value, spread = row.get(key), row.get(f"{key}_std")
    if isinstance(value, str):
        return value
    return number(value) + (f" ± {number(spread, 2)}" if spread is not None and value is not None else "")
