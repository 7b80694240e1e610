"""Run a scheme from Python through the same code as a Fortran host."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.bridge.arrays import array_options, unmasked
from paramnet.bridge.carried import Carrying
from paramnet.bridge.derivatives import Differentiating
from paramnet.bridge.errors import BridgeError
from paramnet.bridge.loader import bridge_errors, load_module

FLAG_NONFINITE_INPUT = 1
FLAG_NONFINITE_OUTPUT = 2
FLAG_OUTSIDE_ENVELOPE = 4
FLAG_FAR_FROM_TRAINING = 8


class Scheme(Carrying, Differentiating):
    """A loaded scheme.pt.

    Raises BridgeError with the file and the reason: missing, truncated, foreign, without a manifest, of a newer format,
    with TorchScript that could do more than compute (``trust=True`` loads it), or for a device that this machine lacks.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        device: str = "cpu",
        threads: int = 1,
        precision: str = "float32",
        backend: str = "auto",
        envelope_tolerance: float = 0.0,
        envelope_quantile: float = 0.0,
        distance_quantile: float = 0.0,
        bfloat16_tolerance: float | None = None,
        fallback: str = "zero",
        fallback_flags: int = 0,
        strict: bool = True,
        trust: bool = False,
    ) -> None:
        options = {
            "device": device,
            "threads": threads,
            "precision": precision,
            "backend": backend,
            "envelope_tolerance": float(envelope_tolerance),
            "envelope_quantile": float(envelope_quantile),
            "distance_quantile": float(distance_quantile),
            "bfloat16_tolerance": bfloat16_tolerance,
            "fallback": fallback,
            "fallback_flags": fallback_flags,
            "strict": strict,
            "trust": trust,
        }
        with bridge_errors():
            self._raw = load_module().Scheme(str(path), options)
        self._dtype = np.dtype("float64" if precision == "float64" else "float32")

    def share(self) -> "Scheme":
        """Another handle to the same weights, counters, ramp and fixers, without bound arrays."""
        other = object.__new__(Scheme)
        with bridge_errors():
            other._raw = self._raw.share()
        other._dtype = self._dtype
        return other

    def bind_input(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Read `name` from `array` at each run, in place.

        array : (column, level) or (column), float32 or float64, any strides; (level, column) with layout "level,column";
        (level), one column, with layout "level". levels : "top_first" or "bottom_first", the host's order.
        convert : accept other units of the same quantity (hPa, g kg-1, degC, W m-2, ...) and convert; W m-2 also needs the
        input "pressure_thickness" (Pa). Raises BridgeError with the variable, expected and got, also for masked values.
        """
        with bridge_errors():
            self._raw.bind_input(name, units, unmasked(name, array), layout, array_options(name, levels, convert))

    def bind_output(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Write `name` to `array` at each run, in place; arguments as for bind_input.

        "correction_by_<fixer>" (kg m-2 s-1; enthalpy W m-2) is the amount that a closure added to each column, or the water
        given to levels that lacked it.
        """
        with bridge_errors():
            self._raw.bind_output(name, units, unmasked(name, array), layout, array_options(name, levels, convert))

    def run(self, ncol: int, first: int = 0) -> np.ndarray:
        """Evaluate columns first .. first + ncol - 1 of the bound arrays; returns their flags, int32, sums of FLAG_*.

        Outputs of columns with FLAG_NONFINITE_INPUT or FLAG_NONFINITE_OUTPUT (and fallback_flags) are set to zero, or left
        unchanged with fallback "keep". Several threads may call run at the same time. With strict=True, raises BridgeError
        if the host's grid was not declared (check_pressure, declare_grid), and in the first run if the host's values are
        far outside the contract's valid_range.
        """
        with bridge_errors():
            return self._raw.run(ncol, first)

    def enqueue(self, ncol: int, first: int = 0) -> np.ndarray:
        """Queue columns for the next flush of this or a shared handle; returns the array of flags that flush fills."""
        with bridge_errors():
            return self._raw.enqueue(ncol, first)

    def flush(self) -> None:
        """Evaluate all queued columns in one call."""
        with bridge_errors():
            self._raw.flush()

    def predict(
        self, inputs: Mapping[str, np.ndarray] | np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray] | tuple[np.ndarray, np.ndarray]:
        """Outputs of `inputs`, and flags (column), int32.

        inputs : a dict name -> (column, level) or (column), for a dict of outputs; or (column, n_in) in the
        contract's order, for (column, n_out). Physical units. Bound arrays are neither used nor changed.
        """
        if isinstance(inputs, np.ndarray):
            return self._predict_rows(inputs)
        rows, flags = self._predict_rows(self._rows_of(inputs))
        outputs, first = {}, 0
        for variable in self.outputs:
            part = rows[:, first : first + variable["levels"]]
            outputs[variable["name"]] = part.copy() if variable["profile"] else part[:, 0].copy()
            first += variable["levels"]
        return outputs, flags

    def _rows_of(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        unknown = sorted(set(inputs) - {variable["name"] for variable in self.inputs})
        if unknown:
            known = ", ".join(variable["name"] for variable in self.inputs)
            raise BridgeError("predict, inputs", status=4, expected=f"some of {known}", got=", ".join(unknown))
        parts = []
        for variable in self.inputs:
            name, shape = variable["name"], ("column", variable["levels"]) if variable["profile"] else ("column",)
            if name not in inputs:
                raise BridgeError("predict, inputs", status=5, expected=name, got=f"only {', '.join(sorted(inputs))}")
            values = np.asarray(unmasked(name, inputs[name]))
            if values.ndim != len(shape) or values.shape[1:] != shape[1:]:
                raise BridgeError(name, status=4, expected=f"shape ({', '.join(map(str, shape))})", got=str(values.shape))
            parts.append(values.reshape(len(values), -1))
            if len(values) != len(parts[0]):
                expected = f"{len(parts[0])} columns as in {self.inputs[0]['name']}"
                raise BridgeError(name, status=1, expected=expected, got=str(len(values)))
        return np.concatenate(parts, axis=1)

    def _predict_rows(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        width = sum(variable["levels"] for variable in self.inputs)
        if rows.ndim != 2 or rows.shape[1] != width:
            raise BridgeError("predict, inputs", status=1, expected=f"shape (column, {width})", got=str(rows.shape))
        result = np.zeros((len(rows), sum(variable["levels"] for variable in self.outputs)), self._dtype)
        with bridge_errors():
            return result, self._raw.predict(unmasked("predict", rows), result)

    def add_fixer(self, kind: str, **roles: str | float | Sequence[str]) -> None:
        """Correct the outputs: "non_negative_water" (state, tendency, optional so_far and heating), "column_water_closure" (tendency,
        sink, optional state and so_far), "column_enthalpy_closure" (heating, condensation, optional humidity),
        "column_water_flux_closure" (tendency, humidity, precipitation, optional liquid, ice, evaporation), "column_energy_closure"
        (heating, moistening, optional ice, snowfall) or "output_limits" (variable: one or a list; margin: a fraction, default 0).

        Each role names a variable of the contract; the laws are those of the constraints (docs/reference/physics_layers.md).
        """
        pairs = [(role, one) for role, given in roles.items() for one in (given if isinstance(given, list | tuple) else [given])]
        with bridge_errors():
            self._raw.add_fixer(kind, ", ".join(f"{role}={one}" for role, one in pairs))

    def ramp(self, fraction: float) -> None:
        """Set the outputs of run to fraction * network + (1 - fraction) * (values in the bound output arrays)."""
        with bridge_errors():
            self._raw.set_ramp(fraction)

    def compare(self, on: bool = True) -> None:
        """With `on`, run compares the network with the values in the bound output arrays and does not change them."""
        with bridge_errors():
            self._raw.set_comparison(on)

    def comparison(self, name: str) -> dict[str, Any]:
        """Network minus host for an output since compare(): bias, rms and largest (level), and number of columns."""
        with bridge_errors():
            return self._raw.comparison(name)

    def check_pressure(
        self, surface_pressure: np.ndarray, level_pressure: np.ndarray, relative_tolerance: float = 1e-3, *, order: str = "top_first"
    ) -> None:
        """Raise BridgeError with the first level where level_pressure (column, level), Pa, differs from a + b ps."""
        options = array_options("check_pressure", order, convert=False)
        with bridge_errors():
            surface = unmasked("surface_pressure", surface_pressure)
            self._raw.check_pressure(surface, unmasked("level_pressure", level_pressure), relative_tolerance, options)

    def declare_grid(self, a: np.ndarray, b: np.ndarray, *, order: str = "top_first", relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError with the first level where the host's mid-level pressure a (Pa) + b ps differs from training."""
        bottom_first = array_options("declare_grid", order, convert=False) != 0
        with bridge_errors():
            self._raw.declare_grid(unmasked("a", a), unmasked("b", b), bottom_first, relative_tolerance)

    def declare_heights(self, height: np.ndarray, *, order: str = "top_first", relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError with the first level where the host's mid-level height, m, differs from training."""
        bottom_first = array_options("declare_heights", order, convert=False) != 0
        with bridge_errors():
            self._raw.declare_heights(unmasked("height", height), bottom_first, relative_tolerance)

    def check_constant(self, name: str, value: float, relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError if the constant (or time_step, tendency_interval) of training differs from `value`."""
        with bridge_errors():
            self._raw.check_constant(name, value, relative_tolerance)

    def output_limits(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest training value of an output, (level), in its units."""
        with bridge_errors():
            return self._raw.output_limits(name)

    @property
    def counters(self) -> dict[str, int]:
        """Counts since load, over all shared handles: calls, columns, columns per flag, with fallback, and per fixer."""
        return self._raw.counters()

    @cached_property
    def inputs(self) -> list[dict[str, Any]]:
        """Each input in order: name, standard_name, units, levels, profile."""
        return self._raw.inputs()

    @cached_property
    def outputs(self) -> list[dict[str, Any]]:
        """Each output in order: name, standard_name, units, levels, profile."""
        return self._raw.outputs()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The artefact's paramnet.json."""
        return json.loads(self._raw.manifest())

    def __repr__(self) -> str:
        return f"<Scheme {self._raw.describe()}>"
