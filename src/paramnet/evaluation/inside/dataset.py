"""Variables of ``skill.nc`` for the figures of the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from paramnet.reporting.netcdf import Variables


def inside_variables(table: Mapping[str, Any]) -> Variables:
    """The spectra and the responses along physical directions of ``skill["network"]``; nothing without them."""
    if "hessian" not in table:
        return {}
    shares, jacobian = table["hessian"]["shares"], table["jacobian"]
    return {
        "hessian_edges": (
            ("hessian_edge",),
            _numbers(shares["edges"]),
            {"long_name": "limits of the classes of eigenvalues", "units": "1"},
        ),
        "hessian_share": (("hessian_class",), _numbers(shares["mean"]), {"long_name": "share of the Hessian's eigenvalues", "units": "1"}),
        "hessian_share_error": (("hessian_class",), _numbers(shares["error"]), {"long_name": "its standard error", "units": "1"}),
        **{
            f"singular_value_{key}": (
                ("singular_value",),
                _numbers(jacobian[key]),
                {"long_name": f"singular value of the network's Jacobian, {key} of the columns", "units": "1"},
            )
            for key in ("median", "p95")
        },
        **_importance(table["interaction"].get("layers") or []),
        **_along(table["kinks"]),
    }


def _numbers(values: Any) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def _importance(layers: list[Mapping[str, Any]]) -> Variables:
    if not layers:
        return {}
    longest = max(len(layer["importance"]) for layer in layers)
    values = np.full((len(layers), longest), np.nan)
    for row, layer in zip(values, layers, strict=True):
        row[: len(layer["importance"])] = layer["importance"]
    label = {"long_name": "mean square of the outputs that a direction of a layer carries, inputs first", "units": "1"}
    return {"importance": (("network_layer", "network_direction"), values, label)}


def _along(states: Mapping[str, Mapping[str, Any]]) -> Variables:
    """Responses (base state, direction, quantity, step)."""
    first = next((its for its in states.values() if its), None)
    if not first:
        return {}
    quantities = list(next(iter(first.values()))["quantities"])
    values = [[[its[way]["quantities"][name]["response"] for name in quantities] for way in first] for its in states.values()]
    steps = [way["step"] for way in first.values()]
    return {
        "kink_state": (("kink_state",), list(states), {"long_name": "base state of the response along physical directions"}),
        "physical_direction": (("physical_direction",), list(first), {"long_name": "physical direction"}),
        "kink_quantity": (("kink_quantity",), quantities, {"long_name": "column integral"}),
        "direction_step": (
            ("physical_direction", "step_along"),
            _numbers(steps),
            {"long_name": "step along a direction: K, or share of the humidity", "units": "1"},
        ),
        "response_along": (
            ("kink_state", "physical_direction", "kink_quantity", "step_along"),
            _numbers(values),
            {"long_name": "column integral along a physical direction", "units": "W m-2"},
        ),
        "knots_along": (
            ("kink_state", "physical_direction"),
            _numbers([[len(its[way]["knots"]) for way in first] for its in states.values()]),
            {"long_name": "knots along a physical direction", "units": "1"},
        ),
    }
