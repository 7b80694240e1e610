"""Inspect a training store: contract, splits, statistics and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from paramnet.inspection.report import Report, Section
from paramnet.inspection.variables import contract_sections, variable_sections
from paramnet.store import Store, open_store

_COLUMNS = ("variable", "mean", "std", "min", "max", "constant columns")


def inspect_store(path: Path) -> Report:
    """Report a store's attributes and statistics, without reading data; raise StoreError if it is unfinished or damaged."""
    store = open_store(path)
    attributes = store.attributes
    fitted_to = (path / "statistics").is_dir()  # else a store without a training split
    sides = {side: store.statistics(side) for side in ("inputs", "outputs")} if fitted_to else {}
    ranges: dict[str, dict[str, Any]] = {side: {"min": found.min, "max": found.max} for side, found in sides.items()}
    summary = {
        "source": attributes["source"],
        "files": f"{len(store.files)}, {store.files[0]} … {store.files[-1]}" if store.files else "none",
        "time units": attributes["time_units"],
        "calendar": attributes["calendar"],
        "files left out": attributes.get("skipped_files"),
        **({"steps of a sequence": store.sequence} if store.sequence > 1 else {}),
        "size": f"{sum(file.stat().st_size for file in path.rglob('*') if file.is_file()) / 1e9:.2f} GB",
        **(dict(store.root["making"].attrs) if "making" in store.root else {}),
    }
    provenance = dict(attributes["provenance"])
    config = dict(provenance.pop("config", {}))
    source = config.pop("source", {})
    return Report(
        str(path),
        "store",
        [
            Section.of_values("store", summary),
            *contract_sections(store.contract),
            *variable_sections(store.contract, ranges),
            _splits(store),
            *(_statistics(store) if fitted_to else []),
            Section.of_values("dropped", attributes.get("dropped") or {}),
            *([_read_from(source, set(store.contract.input_columns) | set(store.contract.output_columns))] if source else []),
            Section.of_values("preprocessing", config),
            Section.of_values("provenance", provenance),
        ],
    )


def _splits(store: Store) -> Section:
    rows: list[tuple[Any, ...]] = []
    for name in ("train", "validation", "test"):
        split = store.attributes["splits"].get(name) or {}
        samples = store.root[f"{name}/inputs"].shape[0]  # type: ignore[union-attr]
        rows.append((name, samples, split.get("steps", ""), split.get("first_day", ""), split.get("last_day", "")))
    gaps = {"days": "smallest_distance_days", "degrees": "smallest_distance_degrees"}
    splits = store.attributes["splits"]
    note = "; ".join(f"at least {splits[key]:g} {unit} apart" for unit, key in gaps.items() if splits.get(key))
    return Section("splits", ("split", "samples", "steps", "first day", "last day"), rows, note)


def _read_from(source: dict[str, Any], wanted: set[str]) -> Section:
    """Name of each variable in the files, and the rule by which it was computed."""
    rows: list[tuple[Any, ...]] = []
    for name, rules in source["variables"].items():
        if name not in wanted:
            continue
        own = rules.get("name") or rules.get("standard_name") or ""
        terms = [own, *(f"+ {more}" for more in rules.get("plus") or []), *(f"- {less}" for less in rules.get("minus") or [])]
        rate = f" of {rules['rate']}" if rules.get("rate") else ""
        steps = f", lag {rules['lag']}" if rules.get("lag") else ""
        rule = f"{rules.get('rule', '')}{rate}{steps}".replace("_", " ", 1)
        rows.append((name, " ".join(terms), rule, source.get("unit_overrides", {}).get(own, "")))
    return Section("read from", ("variable", "in the files", "rule", "units, if not as the files say"), rows)


def _statistics(store: Store) -> list[Section]:
    """Statistics over a variable's levels: mean of the means, root of the mean variance, extremes."""
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
