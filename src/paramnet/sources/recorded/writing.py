"""Write the source and the contract of a recording."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from paramnet.contract import Contract, ParamnetError
from paramnet.files import write_text
from paramnet.sources.config import SourceConfig
from paramnet.sources.readers.ranks import FIRST_RANK
from paramnet.sources.recorded.config import RECORDED_AREA, RecordedConfig
from paramnet.sources.recorded.headers import COEFFICIENTS, Recording, read_recording
from paramnet.sources.recorded.rows import contract_row

_log = logging.getLogger(__name__)
_NEEDED = ("gravity", "specific_heat_of_dry_air", "latent_heat_of_vaporization")
_SURFACE_PRESSURE = "surface_air_pressure"


def write_source(config: RecordedConfig) -> tuple[Path, Path]:
    """Write ``source/NAME.yaml`` and ``contract/NAME.yaml`` below ``config.output``; returns their paths.

    Raises ParamnetError if the files are not of one recording, or do not have what a contract needs: levels, and with levels by pressure
    the surface pressure among the inputs; constants; units that can be read, and values within the known range of their quantity.
    """
    recording = read_recording(config.input)
    _require_levels(recording)
    name = config.name or recording.scheme
    contract = contract_table(recording, name, config.description)
    _require_constants(recording, contract)
    source = source_table(recording, name, config.area)
    Contract.from_dict(contract, f"contract {name}")
    for output in contract["outputs"]:
        if output["energy"]["factor"] == "none":
            _log.warning("%s: %s has no conversion to W m-2; it is scored in its own units", output["name"], output["units"])
    paths = config.output / "source" / f"{name}.yaml", config.output / "contract" / f"{name}.yaml"
    for path, table in zip(paths, (source, contract), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        heading = f"# Written by `paramnet source` from {len(recording.files)} files of {config.input}.\n"
        write_text(path, heading + yaml.safe_dump(table, sort_keys=False, width=140, default_flow_style=None))
    SourceConfig.from_yaml(paths[0])
    return paths


def contract_table(recording: Recording, name: str, description: str = "") -> dict[str, Any]:
    """Return the contract of a recording as a table."""
    by_mass = bool(recording.levels)
    rows = {role: [contract_row(v, by_mass) for v in recording.variables.values() if v.output is role] for role in (False, True)}
    host = f" in {recording.model}" if recording.model else ""
    return {
        "name": name,
        "description": description or f"{recording.scheme.replace('_', ' ').capitalize()}{host}, recorded by paramnet.",
        "time_step": recording.time_step,
        "tendency_interval": recording.tendency_interval,
        "vertical_grid": _vertical_grid(recording),
        "constants": recording.constants,
        "inputs": rows[False],
        "outputs": rows[True],
    }


def _vertical_grid(recording: Recording) -> dict[str, Any]:
    if recording.heights:
        return {"kind": "height", "order": "top_first", "height": recording.heights}
    if not recording.levels:
        return {"kind": "none", "order": "top_first"}
    kind = "hybrid" if np.any(recording.levels["a_interface"]) or np.any(recording.levels["a_mid"]) else "sigma"
    return {"kind": kind, "order": "top_first", **{key: recording.levels[key] for key in COEFFICIENTS}}


def source_table(recording: Recording, name: str, area: str) -> dict[str, Any]:
    """Return the source of a recording as a table. Raises ParamnetError if it has no areas and they are asked for."""
    if area == RECORDED_AREA and not recording.has_area:
        raise ParamnetError(
            "area",
            expected="areas of the columns in the files",
            got="none",
            remedy="set area=cos_latitude for a regular grid, gaussian or uniform; or record them: columns(latitude, longitude, area)",
        )
    constants = {key: key for key in recording.constants}
    vertical: dict[str, Any] = {"vertical": "height"} if recording.heights else {"vertical_of_contract": True}
    vertical = {key: key for key in COEFFICIENTS} if recording.levels else vertical
    return {
        "name": name,
        "reader": "ranks" if recording.ranks > 1 else "cf",
        "contract": name,
        "pattern": f"{recording.scheme}_*{FIRST_RANK}",
        "dims": {"time": "time", "level": "level", "column": ["column"], "order": "top_first"},
        "time": {"variable": "time"},
        "grid": {
            "latitude": "latitude",
            "longitude": "longitude",
            "area": "area" if area == RECORDED_AREA else area,
            **vertical,
        },
        "attributes": {"time_step": "time_step_seconds", "tendency_interval": "tendency_interval_seconds", **constants},
        "variables": {key: {"name": key} for key in recording.variables},
    }


def _require_levels(recording: Recording) -> None:
    """Profiles have levels; with levels by pressure, the surface pressure is recorded, from which their masses follow."""
    profiles = [v.name for v in recording.variables.values() if v.profile]
    if profiles and not recording.levels and not recording.heights:
        raise ParamnetError(
            "vertical grid",
            expected=f"the levels of {profiles[0]}",
            got="none",
            remedy="declare them before recording: hybrid_levels, sigma_levels, pressure_levels or height_levels",
        )
    if not recording.levels:
        return
    inputs = [v for v in recording.variables.values() if not v.output]
    if not any(_SURFACE_PRESSURE in (v.standard_name or v.name,) for v in inputs):
        raise ParamnetError(
            _SURFACE_PRESSURE,
            expected="this input, from which level masses follow",
            got=", ".join(v.name for v in inputs) or "no inputs",
            remedy=f"record it: call recorder%bind_input('{_SURFACE_PRESSURE}', 'Pa', …)",
        )


def _require_constants(recording: Recording, contract: dict[str, Any]) -> None:
    """Three with levels by pressure; without, the latent heat if an output is rain."""
    wet = any(output["energy"]["factor"] in ("latent", "water_flux") for output in contract["outputs"])
    needed = _NEEDED if recording.levels else _NEEDED[-1:] if wet else ()
    missing = [name for name in needed if name not in recording.constants]
    if missing:
        raise ParamnetError(
            ", ".join(missing),
            expected="the host's constants in the files",
            got="none",
            remedy=f"record them: call recorder%constant('{missing[0]}', …)",
        )
