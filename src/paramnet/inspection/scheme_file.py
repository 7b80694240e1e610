"""Inspect a ``scheme.pt`` without libtorch, after checking the hash of every member."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from paramnet.contract import Contract, Fields, parse_json, remembered
from paramnet.exporting.archive import MANIFEST, read_archive
from paramnet.exporting.artefact import program_of
from paramnet.exporting.first_step import Carried, carried_of
from paramnet.exporting.program.definition import Operation, Program
from paramnet.inspection.linear_response import response_section
from paramnet.inspection.report import Report, Section
from paramnet.inspection.variables import contract_sections, variable_sections

__all__ = ["flop_of"]

_STANDARDIZED = "of the network, in standard deviations of output by input; kinks with noise of step standard deviations"
_DEVIATIONS = "in standard deviations of each output"


def inspect_scheme(path: Path, state: Path | None = None) -> Report:
    """Report a scheme's manifest and program; raise ParamnetError if a member is missing, changed or invalid.

    ``state`` : a file of columns at which to compute the linear response.
    """
    members, values = read_archive(path)
    manifest = Fields(values, f"scheme {path}: {MANIFEST}")
    contract = Contract.from_dict(manifest.get("contract"), f"{manifest.where}: contract")
    program = program_of(members, f"scheme {path}")
    carried = carried_of(values, f"scheme {path}")
    checks, envelope = manifest.optional_fields("checks"), manifest.optional_fields("envelope")
    summary = {
        "name": manifest.text("name"),
        "bytes": path.stat().st_size,
        "format version": manifest.whole("format_version"),
        "torch version": manifest.text("torch_version"),
        "compiled package": _package(path),
    }
    sections = [
        Section.of_values("scheme", summary),
        network_section(manifest.optional_fields("network")),
        Section.of_values("smoothness", manifest.optional_fields("smoothness").values, _STANDARDIZED),
        *contract_sections(contract),
        *scheme_variables(contract, envelope),
        _memory(contract),
        Section.of_values("carried", _carried(carried, manifest)),
        Section.of_values("native program", _native(manifest, program)),
        Section.of_values("checks", {k: v for k, v in checks.values.items() if k != "bfloat16"}, _DEVIATIONS),
        _bfloat16(checks.optional_fields("bfloat16")),
        response_section(path, contract, envelope, program, state, carried),
        guard_section(envelope),
        Section.of_values("skill", manifest.optional_fields("skill").values),
        Section.of_values("provenance", manifest.optional_fields("provenance").values),
        Section(
            "members", ("member", "bytes", "sha256"), [(k, v["bytes"], v["sha256"]) for k, v in values["members"].items()], "hashes agree"
        ),
    ]
    return Report(str(path), "scheme", [section for section in sections if section.rows])


def _carried(carried: Carried, manifest: Fields) -> dict[str, Any]:
    """What a host passes by bind_columns, set_step and start_state or set_state; empty for most schemes."""
    hours = manifest.numbers("noise_hours") if manifest.has("noise_hours") else []
    return {
        **({"random numbers per column and call": carried.random_numbers} if carried.random_numbers else {}),
        **{f"state {name}": f"{len(start)} numbers per column" for name, start in carried.state.items()},
        **({"timescale of the noise, hours": ", ".join(f"{one:g}" for one in hours)} if hours else {}),
    }


def scheme_variables(contract: Contract, envelope: Fields) -> list[Section]:
    """Inputs and outputs with the training ranges of ``manifest["envelope"]``."""
    return variable_sections(contract, _ranges(contract, envelope))


def _ranges(contract: Contract, envelope: Fields) -> dict[str, dict[str, Any]]:
    """Training range of each column, if the manifest has one."""
    ranges = {}
    for side, width in (("inputs", contract.n_in), ("outputs", contract.n_out)):
        if envelope.has(side):
            ranges[side] = {end: envelope.fields(side).numbers(end, width) for end in ("min", "max")}
    return ranges


def _bfloat16(rows: Fields) -> Section:
    found = [(name, rows.fields(name).number("rms"), rows.fields(name).number("max")) for name in rows.values]
    return Section("bfloat16", ("output", "rms", "max"), found, _DEVIATIONS)


def _memory(contract: Contract) -> Section:
    """Fields that the host must keep between calls."""
    rows = [(row.input, row.of, row.steps, row.source) for row in remembered(contract)]
    return Section("memory", ("input", "is", "steps back", "kept from"), rows, "the host keeps these between calls")


def _package(path: Path) -> str:
    """The AOTInductor package next to this scheme, or ""."""
    metadata = path.with_name(path.name + "2.json")
    if not metadata.is_file():
        return ""
    values = Fields(parse_json(metadata.read_bytes(), str(metadata)), str(metadata)).values
    return f"{path.name}2, " + ", ".join(f"{key} {value}" for key, value in values.items() if "sha" not in key)


def network_section(network: Fields) -> Section:
    """The trained network; without rows for an imported scheme, of which it is unknown."""
    if not network.values:
        return Section.of_values("network", {})
    values = {
        "kind": network.text("kind"),
        "members": network.whole("members"),
        "head": network.text("head"),
        "parameters": network.whole("parameters"),
        "dimensions": ", ".join(network.texts("dims")),
        "MFLOP per column": network.number("flop_per_column") / 1e6,
    }
    return Section.of_values("network", values)


def _native(manifest: Fields, program: Program | None) -> dict[str, Any]:
    if program is None:
        return {"program": "none", "reason": manifest.fields("native").values.get("reason", "")}
    counts = Counter(operation["op"] for operation in program.operations)
    return {
        "program": "yes",
        "operations": ", ".join(f"{count} {name}" for name, count in counts.most_common()),
        "numbers": sum(constant.size for constant in program.constants),
        "MFLOP per column": flop_of(program) / 1e6,
    }


def flop_of(program: Program) -> int:
    """Floating-point operations of one column."""
    return sum(_work(operation, program) for operation in program.operations)


def _work(operation: Operation, program: Program) -> int:
    """Floating-point operations of one column; a function counts as one."""
    if operation["op"] in ("input", "output", "cast", "rows", "concatenate"):
        return 0
    if operation["op"] in ("dense", "convolution"):
        weight = program.constants[operation["weight"]]
        extra = sum(operation.get(key) is not None for key in ("bias", "activation", "residual"))
        return (2 * weight.size + extra * len(weight)) * (program.values[operation["out"]].rows // len(weight))
    source = operation.get("in")
    if operation["op"] == "lstm":
        matrices = [program.constants[operation[key]] for key in ("weight", "state_weight")]
        return 2 * sum(matrix.size for matrix in matrices) * (program.values[operation["in"]].rows // matrices[0].shape[1])
    if operation["op"] == "attention":
        return 4 * program.values[operation["out"]].rows * int(operation["levels"])
    rows = program.values[source].rows if isinstance(source, int) else program.values[operation["out"]].rows
    return int(rows)


def guard_section(envelope: Fields) -> Section:
    """The data available to a host's guard."""
    inputs, distance = envelope.optional_fields("inputs"), envelope.optional_fields("distance")
    levels = inputs.numbers("quantile_levels") if inputs.has("quantile_levels") else []
    table: dict[str, Any] = {
        "range of each input": "minimum and maximum" if inputs.values else "unknown: only inputs that are not finite are detected",
        "quantiles": ", ".join(f"{level:g}" for level in levels),
        "distance": "none",
    }
    if not distance.values:
        return Section.of_values("guard", table)
    table["distance"] = f"{len(distance.items('components'))} components, from {distance.whole('columns')} columns"
    return Section.of_values("guard", table | {"largest distance in training": distance.numbers("quantiles")[-1]})
