"""The quality report of an archive: quality.json for machines, quality.html for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.contract import Contract, Variable
from paramnet.files import write_json
from paramnet.preprocessing.packing import Finding
from paramnet.preprocessing.quality.statistics import Quality, VariableQuality, bin_edges, histogram_stride

VERSION = 1
_LISTED = 200  # findings by file


@dataclass(frozen=True)
class StepCounts:
    """Number of steps in the archive, in any split (``kept``), and in none by reason; ``notes`` on the times of the files."""

    archive: int
    kept: int
    left_out: dict[str, int]
    notes: list[str]


def write_quality(
    folder: Path,
    contract: Contract,
    quality: Quality,
    findings: Iterable[tuple[str, Finding]],
    columns: int,
    skipped: list[str],
    page: bool,
    steps: StepCounts,
) -> Path:
    """Write ``folder``/quality.json and, with ``page``, quality.html; return the path of the former.

    ``findings`` : (file, finding). ``columns`` : size of the grid. ``skipped`` : files left out, with reasons. ``steps`` : numbers of
    steps. The files have no date: the same archive gives the same bits.
    """
    table = describe(contract, quality, findings, columns, skipped, steps)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "quality.json"
    write_json(target, table)
    if page:
        from paramnet.preprocessing.quality.figures import histograms, profiles
        from paramnet.reporting.html import render

        pictures = {"histograms": histograms(contract, quality), "profiles": profiles(contract, quality)}
        page_path = folder / "quality.html"
        render("quality_report.html", page_path, ("paramnet.preprocessing",), title="Data quality", quality=table, pictures=pictures)
    return target


def describe(
    contract: Contract,
    quality: Quality,
    findings: Iterable[tuple[str, Finding]],
    columns: int,
    skipped: list[str],
    steps: StepCounts,
) -> dict[str, Any]:
    """Return the report as plain numbers; levels are ordered from the top."""
    listed: list[dict[str, Any]] = []
    more = 0
    for name, finding in findings:
        if len(listed) < _LISTED:
            listed.append({"file": name, "variable": finding.variable, "values": finding.values, "message": str(finding)})
        else:
            more += 1
    every = (*contract.inputs, *contract.outputs)
    return {
        "quality_version": VERSION,
        "contract": contract.name,
        "steps": {"archive": steps.archive, "kept": steps.kept, "left_out": steps.left_out},
        "notes": steps.notes,
        "samples": {
            "examined": quality.selected,
            "kept": quality.valid,
            "dropped": quality.selected - quality.valid,
            "not_selected": steps.kept * columns - quality.selected,
        },
        "histogram_of_one_in": histogram_stride(columns),
        "variables": {variable.name: _describe_one(variable, quality.variables[variable.name]) for variable in every},
        "findings": listed,
        "further_findings": more,
        "skipped_files": skipped,
    }


def _describe_one(variable: Variable, found: VariableQuality) -> dict[str, Any]:
    present = int(found.values.sum() - found.missing.sum())
    by_level: dict[str, Any] = {
        "missing": found.missing.tolist(),
        "below_range": found.below.tolist(),
        "above_range": found.above.tolist(),
        "minimum": _plain(found.minimum),
        "mean": _plain(found.mean),
        "maximum": _plain(found.maximum),
    }
    edges = bin_edges(*variable.valid_range)
    return {
        "long_name": variable.long_name,
        "units": variable.units,
        "valid_range": list(variable.valid_range),
        "values": int(found.values.sum()),
        "missing": int(found.missing.sum()),
        "below_range": int(found.below.sum()),
        "above_range": int(found.above.sum()),
        "filled": found.filled,
        "constant_levels": int(np.sum(found.minimum == found.maximum)),
        "minimum": _plain(found.minimum.min(keepdims=True))[0],
        "mean": float(found.total.sum() / present) if present else None,
        "maximum": _plain(found.maximum.max(keepdims=True))[0],
        "levels": by_level if variable.is_profile else None,
        "histogram": {"edges": edges.tolist(), "counts": found.histogram.tolist()},
    }


def _plain(values: np.ndarray) -> list[float | None]:
    """Convert to numbers that JSON allows; None for values that are not finite."""
    return [float(value) if np.isfinite(value) else None for value in values]
