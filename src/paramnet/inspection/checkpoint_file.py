"""Inspect a checkpoint: contract, settings, scores and training data. Its network is not built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paramnet.contract import Contract, Fields
from paramnet.inspection.report import Report, Section
from paramnet.inspection.variables import contract_sections, variable_sections
from paramnet.scheme.checkpoint import MEMBER, SCHEME_PREFIX, read_checkpoint


def inspect_checkpoint(path: Path) -> Report:
    """Report a checkpoint of ``paramnet train``; raise ParamnetError if it is damaged or something else."""
    raw = read_checkpoint(path)
    meta = Fields(raw[MEMBER], f"checkpoint {path}")
    contract = Contract.from_dict(meta.get("contract"), f"{meta.where}: contract")
    statistics = meta.fields("statistics")
    ranges = {side: _range(statistics.fields(side), width) for side, width in (("inputs", contract.n_in), ("outputs", contract.n_out))}
    store = dict(meta.optional_fields("store").values)
    provenance = dict(store.pop("provenance", None) or {})
    preprocessing = dict(provenance.pop("config", None) or {})
    sections = [
        Section.of_values("checkpoint", _summary(path, raw, meta)),
        Section.of_values("network", meta.fields("model").values | {"numbers": _numbers(raw, "network.")}),
        *contract_sections(contract),
        *variable_sections(contract, ranges),
        Section("features", ("kind", "variables", "settings"), _parts(meta, "features"), "computed before the network"),
        Section("constraints", ("kind", "variables", "settings"), _parts(meta, "constraints"), "applied after the network, in this order"),
        Section.of_values("inputs of the network", meta.optional_fields("inputs").values),
        Section.of_values("compressed", meta.optional_fields("compressed").values),
        Section.of_values("scores", meta.optional_fields("scores").values),
        Section.of_values("training", meta.optional_fields("training").values),
        Section.of_values("training data", store | {"provenance": provenance}),
        Section.of_values("preprocessing", preprocessing),
    ]
    return Report(str(path), "checkpoint", [section for section in sections if section.rows])


def _summary(path: Path, raw: dict[str, Any], meta: Fields) -> dict[str, Any]:
    return {
        "bytes": path.stat().st_size,
        "format version": meta.whole("format_version"),
        "epoch, the first is 0": raw.get("epoch"),
        "steps": raw.get("global_step"),
        "fine-tuned from": meta.values.get("base") or "",
        "adapters": meta.optional_fields("adapters").values.get("kind", "none"),
        "can be resumed": "yes" if raw.get("optimizer_states") else "no: it has no state of an optimizer",
    }


def _numbers(raw: dict[str, Any], part: str) -> int:
    """How many numbers the weights of a part of the scheme have."""
    return sum(weight.numel() for name, weight in raw["state_dict"].items() if name.startswith(SCHEME_PREFIX + part))


def _range(side: Fields, width: int) -> dict[str, Any]:
    return {end: side.numbers(end, width) for end in ("min", "max")}


def _parts(meta: Fields, key: str) -> list[tuple[Any, ...]]:
    """A row for each feature or constraint."""
    rows: list[tuple[Any, ...]] = []
    for part in meta.tables(key):
        variables, settings = part.optional_fields("variables").values, part.optional_fields("settings").values
        rows.append(
            (part.text("kind"), ", ".join(map(str, variables.values())), ", ".join(f"{name} {value}" for name, value in settings.items()))
        )
    return rows
