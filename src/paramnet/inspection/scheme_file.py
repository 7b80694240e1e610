"""Inside a ``scheme.pt``: read without libtorch, every member's hash compared first."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from paramnet.contract import Contract, remembered
from paramnet.export.archive import PROGRAM, WEIGHTS, read_archive
from paramnet.export.program import Operation, Program
from paramnet.inspection.report import Report, Section
from paramnet.inspection.variables import contract_sections, variable_sections

_DEVIATIONS = "in standard deviations of each output"


def inspect_scheme(path: Path) -> Report:
    """What a scheme's manifest and program say; ParamnetError where a member is missing, changed or of another format."""
    members, manifest = read_archive(path)
    contract = Contract.from_dict(manifest["contract"])
    summary = {
        "name": manifest["name"],
        "bytes": path.stat().st_size,
        "format version": manifest["format_version"],
        "torch version": manifest["torch_version"],
        "package beside it": _package(path),
    }
    program = Program.from_members(members[PROGRAM], members[WEIGHTS]) if PROGRAM in members else None
    checks = manifest.get("checks") or {}
    sections = [
        Section.of_values("scheme", summary),
        Section.of_values("network", _network(manifest.get("network") or {})),
        *contract_sections(contract),
        *variable_sections(contract, manifest.get("envelope") or {}),
        _memory(contract),
        Section.of_values("native program", _native(manifest, program)),
        Section.of_values("checks", {k: v for k, v in checks.items() if k != "bfloat16"}, _DEVIATIONS),
    ]
    if checks.get("bfloat16"):
        rows = [(name, row["rms"], row["max"]) for name, row in checks["bfloat16"].items()]
        sections.append(Section("bfloat16", ("output", "rms", "max"), rows, _DEVIATIONS))
    sections += [
        Section.of_values("guard", _guard(manifest.get("envelope") or {})),
        Section.of_values("skill", manifest.get("skill") or {}),
        Section.of_values("provenance", manifest.get("provenance") or {}),
        Section(
            "members",
            ("member", "bytes", "sha256"),
            [(name, row["bytes"], row["sha256"]) for name, row in manifest["members"].items()],
            "hashes agree",
        ),
    ]
    return Report(str(path), "scheme", [section for section in sections if section.rows])


def _memory(contract: Contract) -> Section:
    """What the host must keep from one call to the next."""
    rows = [(row.input, row.of, row.steps, row.source) for row in remembered(contract)]
    return Section("memory", ("input", "is", "steps back", "kept from"), rows, "the host keeps these between calls")


def _package(path: Path) -> str:
    """The AOTInductor package of this scheme, where one lies beside it."""
    note = path.with_name(path.name + "2.json")
    if not note.is_file():
        return ""
    said = json.loads(note.read_text())
    return f"{path.name}2, " + ", ".join(f"{key} {value}" for key, value in said.items() if "sha" not in key)


def _network(said: dict[str, Any]) -> dict[str, Any]:
    """What was trained; a scheme imported from elsewhere does not say."""
    if not said:
        return {}
    told = {key: said[key] for key in ("kind", "members", "head", "parameters")} | {"dimensions": ", ".join(said["dims"])}
    return told | {"MFLOP per column": said["flop_per_column"] / 1e6}


def _native(manifest: dict[str, Any], program: Program | None) -> dict[str, Any]:
    if program is None:
        return {"program": "none", "reason": manifest["native"].get("reason", "")}
    counts = Counter(operation["op"] for operation in program.operations)
    return {
        "program": "yes",
        "operations": ", ".join(f"{count} {name}" for name, count in counts.most_common()),
        "numbers": sum(constant.size for constant in program.constants),
        "MFLOP per column": sum(_work(operation, program) for operation in program.operations) / 1e6,
    }


def _work(operation: Operation, program: Program) -> int:
    """Floating-point operations of one column; a function counts as one."""
    if operation["op"] in ("input", "output", "cast", "rows", "concatenate"):
        return 0
    if operation["op"] == "dense":
        weight = program.constants[operation["weight"]]
        extra = sum(operation.get(key) is not None for key in ("bias", "activation", "residual"))
        return 2 * weight.size + extra * len(weight)
    source = operation.get("in")
    rows = program.values[source].rows if isinstance(source, int) else program.values[operation["out"]].rows
    return int(rows)


def _guard(envelope: dict[str, Any]) -> dict[str, Any]:
    """What a host's guard has to go by."""
    inputs, distance = envelope.get("inputs", {}), envelope.get("distance", {})
    return {
        "range of each input": "minimum and maximum" if inputs else "unknown: only what is not finite is caught",
        "quantiles": ", ".join(f"{level:g}" for level in inputs.get("quantile_levels", [])),
        "distance": f"{len(distance['components'])} components, from {distance['columns']} columns" if distance else "none",
        "largest distance in training": distance["quantiles"][-1] if distance else None,
    }
