"""Variables of ``skill.nc`` for the figures of sensitivity: mean Jacobians, noise on the inputs, and the linear response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.inside.dataset import inside_variables
from paramnet.evaluation.judge import Judge
from paramnet.reporting.netcdf import Variables

Floats = NDArray[np.float64]


def probed(judge: Judge, skill: Mapping[str, Any]) -> Variables:
    """The tables ``jacobian``, ``noise``, ``linear_response`` and ``network`` of ``skill.json``, as far as it has them."""
    return {
        **_jacobian(skill.get("jacobian") or {}),
        **_noise(judge, skill.get("noise") or {}),
        **_response(skill.get("linear_response") or {}),
        **inside_variables(skill.get("network") or {}),
    }


def _numbers(values: Any) -> Floats:
    """Plain numbers as an array; NaN for None."""
    return np.array(values, dtype=np.float64)


def _jacobian(table: Mapping[str, Any]) -> Variables:
    blocks = table.get("blocks") or []
    if not blocks:
        return {}
    label = "mean change of an output at a level for a change of an input at input_level by its standard deviation; units in jacobian_units"
    found: Variables = {
        "jacobian": (("jacobian_block", "level", "input_level"), _numbers([block["mean"] for block in blocks]), {"long_name": label})
    }
    for side in ("output", "input", "units"):
        found[f"jacobian_{side}"] = (("jacobian_block",), [block[side] for block in blocks], {"long_name": f"{side} of the block"})
    return found


def _noise(judge: Judge, table: Mapping[str, Any]) -> Variables:
    if not table:
        return {}
    rows = [table["variables"][name] for name in judge.columns]
    r2, change = (_numbers([row[key] for row in rows]) for key in ("r2", "change"))
    size = {"long_name": "standard deviation of the noise, in those of each input", "units": "1"}
    changed = {"long_name": "rms change of the prediction, in standard deviations of the truth", "units": "1"}
    return {
        "noise_size": (("noise",), _numbers(table["noise"]), size),
        "noise_r2": (("output", "noise"), r2, {"long_name": "R2 with noise on the inputs", "units": "1"}),
        "noise_change": (("output", "noise"), change, changed),
    }


def _response(table: Mapping[str, Any]) -> Variables:
    """Eigenvalues and fastest modes of the base states, and the fastest modes of single columns."""
    bases = table.get("base_states")
    if not bases:
        return {}
    per_day = {"real": ("growth rate", "day-1"), "imaginary": ("frequency", "rad day-1")}
    growth = {"long_name": "largest growth rate", "units": "day-1"}
    found: Variables = {
        "base_state": (("base",), list(bases), {"long_name": "base state of the linear response"}),
        "growth_rate": (("base",), _numbers([base["growth_rate"] for base in bases.values()]), growth),
    }
    fastest = table["columns"].get("fastest")
    for part, (label, units) in per_day.items():
        values = _numbers([base["eigenvalues"][part] for base in bases.values()])
        found[f"eigenvalue_{part}"] = (("base", "mode"), values, {"long_name": f"{label} of a mode", "units": units})
        for profile, of in (("temperature", "temperature"), ("humidity", "Lv q / cp")):
            mode = _numbers([base["fastest_mode"][profile][part] for base in bases.values()])
            words = {"long_name": f"{of} of the fastest mode, {part} part, at most 1", "units": "K"}
            found[f"mode_{profile}_{part}"] = (("base", "level"), mode, words)
        if fastest:
            words = {"long_name": f"{label} of the fastest mode of a column", "units": units}
            found[f"column_eigenvalue_{part}"] = (("column",), _numbers(fastest[part]), words)
    return found
