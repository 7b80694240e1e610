"""Inside a training store: contract, splits, statistics and where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from paramnet.inspection.report import Report, Section
from paramnet.inspection.variables import contract_sections, variable_sections
from paramnet.store import Store, open_store

_COLUMNS = ("variable", "mean", "std", "min", "max", "constant columns")


def inspect_store(path: Path) -> Report:
    """What a store holds; nothing but attributes and statistics is read. StoreError where it is unfinished or damaged."""
    store = open_store(path)
    attributes = store.attributes
    sides = {side: store.statistics(side) for side in ("inputs", "outputs")}
    ranges: dict[str, dict[str, Any]] = {side: {"min": found.min, "max": found.max} for side, found in sides.items()}
    summary = {
        "source": attributes["source"],
        "files": f"{len(store.files)}, {store.files[0]} … {store.files[-1]}" if store.files else "none",
        "time units": attributes["time_units"],
        "calendar": attributes["calendar"],
        "complete": attributes["complete"],
    }
    return Report(
        str(path),
        "store",
        [
            Section.of_values("store", summary),
            *contract_sections(store.contract),
            *variable_sections(store.contract, ranges),
            _splits(store),
            *_statistics(store),
            Section.of_values("dropped", attributes.get("dropped") or {}),
            Section.of_values("provenance", attributes["provenance"]),
        ],
    )


def _splits(store: Store) -> Section:
    rows: list[tuple[Any, ...]] = []
    for name in ("train", "validation", "test"):
        said = store.attributes["splits"].get(name) or {}
        samples = store.root[f"{name}/inputs"].shape[0]  # type: ignore[union-attr]
        rows.append((name, samples, said.get("steps", ""), said.get("first_day", ""), said.get("last_day", "")))
    return Section("splits", ("split", "samples", "steps", "first day", "last day"), rows)


def _statistics(store: Store) -> list[Section]:
    """Over a variable's levels: mean of means, root of the mean variance, extremes."""
    sections = []
    for side, columns in (("inputs", store.contract.input_columns), ("outputs", store.contract.output_columns)):
        found = store.statistics(side)
        rows: list[tuple[Any, ...]] = [
            (
                name,
                float(found.mean[part].mean()),
                float(np.sqrt(np.mean(found.std[part] ** 2))),
                float(found.min[part].min()),
                float(found.max[part].max()),
                int(found.constant[part].sum()),
            )
            for name, part in columns.items()
        ]
        sections.append(Section(f"statistics of {side}", _COLUMNS, rows, "training split"))
    return sections
