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
from paramnet.sources.recorded.rows import contract_row, energy_of

_log = logging.getLogger(__name__)
_NEEDED = ("gravity", "specific_heat_of_dry_air", "latent_heat_of_vaporization")
_SURFACE_PRESSURE = "surface_air_pressure"


def write_source(config: RecordedConfig) -> tuple[Path, Path]:
    """Write ``source/NAME.yaml`` and ``contract/NAME.yaml`` below ``config.output``; returns their paths.

    Raises ParamnetError if the files are not of one recording, or do not have what a contract needs: a pressure coordinate, the surface
    pressure among the inputs, three constants, units that can be read, and values within the known range of their quantity.
    """
    recording = read_recording(config.input)
    _require_pressure(recording)
    _require_constants(recording)
    name = config.name or recording.scheme
    contract = contract_table(recording, name, config.description)
    source = source_table(recording, name, config.area)
    Contract.from_dict(contract, f"contract {name}")
    for output in contract["outputs"]:
        if not energy_of(output["units"])[0]:
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
    rows = {role: [contract_row(v) for v in recording.variables.values() if v.output is role] for role in (False, True)}
    kind = "hybrid" if np.any(recording.levels["a_interface"]) or np.any(recording.levels["a_mid"]) else "sigma"
    host = f" in {recording.model}" if recording.model else ""
    return {
        "name": name,
        "description": description or f"{recording.scheme.replace('_', ' ').capitalize()}{host}, recorded by paramnet.",
        "time_step": recording.time_step,
        "tendency_interval": recording.tendency_interval,
        "vertical_grid": {"kind": kind, "order": "top_first", **{key: recording.levels[key] for key in COEFFICIENTS}},
        "constants": recording.constants,
        "inputs": rows[False],
        "outputs": rows[True],
    }


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
            **{key: key for key in COEFFICIENTS},
        },
        "attributes": {"time_step": "time_step_seconds", "tendency_interval": "tendency_interval_seconds", **constants},
        "variables": {key: {"name": key} for key in recording.variables},
    }


def _require_pressure(recording: Recording) -> None:
    if not recording.levels:
        raise ParamnetError(
            "vertical grid",
            expected="levels of hybrid, sigma or pressure coordinates, from which a contract has the mass of each level",
            got="none, or heights",
            remedy="declare them before recording: hybrid_levels, sigma_levels or pressure_levels (of a reference state, for heights)",
        )
    inputs = [v for v in recording.variables.values() if not v.output]
    if not any(_SURFACE_PRESSURE in (v.standard_name or v.name,) for v in inputs):
        raise ParamnetError(
            _SURFACE_PRESSURE,
            expected="this input, from which level masses follow",
            got=", ".join(v.name for v in inputs) or "no inputs",
            remedy=f"record it: call recorder%bind_input('{_SURFACE_PRESSURE}', 'Pa', …)",
        )


def _require_constants(recording: Recording) -> None:
    missing = [name for name in _NEEDED if name not in recording.constants]
    if missing:
        raise ParamnetError(
            ", ".join(missing),
            expected="the host's constants in the files",
            got="none",
            remedy=f"record them: call recorder%constant('{missing[0]}', …)",
        )
