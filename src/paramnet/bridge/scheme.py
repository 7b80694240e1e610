"""Run a scheme from Python through the very code a Fortran host runs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.bridge.errors import BridgeError
from paramnet.bridge.loader import load_module

FLAG_NONFINITE_INPUT = 1
FLAG_NONFINITE_OUTPUT = 2
FLAG_OUTSIDE_ENVELOPE = 4
FLAG_FAR_FROM_TRAINING = 8

_BOTTOM_FIRST, _CONVERT = 2, 4  # PARAMNET_ARRAY_*


def _unmasked(name: str, array: np.ndarray) -> np.ndarray:
    """The array; BridgeError where values of it are masked, since a fill value lies below a mask, not a number of the host's."""
    if np.ma.is_masked(array):
        raise BridgeError(
            name,
            status=1,
            expected="an array without masked values",
            got=f"{np.ma.count_masked(array)} of {np.size(array)} masked",
            remedy="fill them with NaN: array.filled(numpy.nan)",
        )
    return array


def _array_options(name: str, levels: str, convert: bool) -> int:
    if levels not in ("top_first", "bottom_first"):
        raise BridgeError(f"{name}: expected levels 'top_first' or 'bottom_first', got {levels!r}", status=1)
    return (_BOTTOM_FIRST if levels == "bottom_first" else 0) | (_CONVERT if convert else 0)


@contextmanager
def _bridge_errors() -> Iterator[None]:
    try:
        yield
    except load_module().StatusError as problem:
        raise BridgeError(str(problem), problem.status) from None


class Scheme:
    """A loaded scheme.pt.

    Raises BridgeError naming the file and what is wrong with it: missing, truncated, foreign, without a manifest, of a
    newer format, with TorchScript that could do more than compute (``trust=True`` loads it), or for a device that is not there.
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
        with _bridge_errors():
            self._raw = load_module().Scheme(str(path), options)
        self._dtype = np.dtype("float64" if precision == "float64" else "float32")

    def share(self) -> "Scheme":
        """Another handle of the same weights, counters, ramp and fixers, with nothing bound."""
        other = object.__new__(Scheme)
        with _bridge_errors():
            other._raw = self._raw.share()
        other._dtype = self._dtype
        return other

    def bind_input(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Read `name` from `array` at each run, in place.

        array : (column, level) or (column), float32 or float64, any strides; with layout "level,column" the other way
        round; with layout "level" one column's profile. levels : "top_first", or "bottom_first" where the host's are so.
        convert : accept other units of the quantity (hPa, g kg-1, degC, W m-2, ...) and convert; W m-2 needs the input
        "pressure_thickness" (Pa) bound as well. Raises BridgeError naming the variable, expected and got; an array with
        masked values is refused.
        """
        with _bridge_errors():
            self._raw.bind_input(name, units, _unmasked(name, array), layout, _array_options(name, levels, convert))

    def bind_output(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Write `name` to `array` at each run, in place; arguments as for bind_input.

        "correction_by_<fixer>" (kg m-2 s-1; enthalpy W m-2) receives what a fixer added to each column.
        """
        with _bridge_errors():
            self._raw.bind_output(name, units, _unmasked(name, array), layout, _array_options(name, levels, convert))

    def run(self, ncol: int, first: int = 0) -> np.ndarray:
        """Evaluate columns first .. first + ncol - 1 of the bound arrays; returns their flags, int32, sums of FLAG_*.

        Outputs of columns with FLAG_NONFINITE_INPUT or FLAG_NONFINITE_OUTPUT (and fallback_flags) are zero, or with
        fallback "keep" what they were. Threads may run one scheme at once. Raises BridgeError before the host's grid was
        declared (check_pressure, declare_grid), and at the first run where the host's numbers lie far outside the contract's
        valid_range, unless strict is off.
        """
        with _bridge_errors():
            return self._raw.run(ncol, first)

    def enqueue(self, ncol: int, first: int = 0) -> np.ndarray:
        """Leave columns to the next flush of this or a shared handle; returns the flags that flush will fill."""
        with _bridge_errors():
            return self._raw.enqueue(ncol, first)

    def flush(self) -> None:
        """Evaluate all that was enqueued, as one call."""
        with _bridge_errors():
            self._raw.flush()

    def predict(
        self, inputs: Mapping[str, np.ndarray] | np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray] | tuple[np.ndarray, np.ndarray]:
        """Outputs of `inputs`, and flags (column), int32.

        inputs : a dict name -> (column, level) or (column), giving a dict of outputs; or (column, n_in) in the
        contract's order, giving (column, n_out).  Physical units.  What is bound plays no part and stays.
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
            raise BridgeError(f"predict: {unknown[0]!r} is no input of this scheme; its inputs are {known}", status=4)
        parts = []
        for variable in self.inputs:
            name, shape = variable["name"], ("column", variable["levels"]) if variable["profile"] else ("column",)
            if name not in inputs:
                raise BridgeError(f"predict: expected input {name!r}, got {sorted(inputs)}", status=5)
            values = np.asarray(_unmasked(name, inputs[name]))
            if values.ndim != len(shape) or values.shape[1:] != shape[1:]:
                raise BridgeError(f"{name}: expected shape {shape}, got {values.shape}", status=4)
            parts.append(values.reshape(len(values), -1))
            if len(values) != len(parts[0]):
                raise BridgeError(f"{name}: expected {len(parts[0])} columns as in {self.inputs[0]['name']}, got {len(values)}", status=1)
        return np.concatenate(parts, axis=1)

    def _predict_rows(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        width = sum(variable["levels"] for variable in self.inputs)
        if rows.ndim != 2 or rows.shape[1] != width:
            raise BridgeError(f"predict: expected an array (column, {width}), got shape {rows.shape}", status=1)
        result = np.zeros((len(rows), sum(variable["levels"] for variable in self.outputs)), self._dtype)
        with _bridge_errors():
            return result, self._raw.predict(_unmasked("predict", rows), result)

    def add_fixer(self, kind: str, **roles: str) -> None:
        """Keep columns within physics: "nonnegative_water" (state, tendency), "column_water_closure" (tendency, sink) or
        "column_enthalpy_closure" (heating, condensation, humidity optional); each role names a variable of the contract.
        """
        with _bridge_errors():
            self._raw.add_fixer(kind, ", ".join(f"{role}={name}" for role, name in roles.items()))

    def ramp(self, fraction: float) -> None:
        """From now on run gives fraction * network + (1 - fraction) * what the bound output arrays hold."""
        with _bridge_errors():
            self._raw.set_ramp(fraction)

    def compare(self, on: bool = True) -> None:
        """Let run compute and compare with what the bound output arrays hold, and leave them; off: as usual."""
        with _bridge_errors():
            self._raw.set_comparison(on)

    def comparison(self, name: str) -> dict[str, Any]:
        """Network minus host of an output since compare(): bias, rms, largest (level), and columns."""
        with _bridge_errors():
            return self._raw.comparison(name)

    def check_pressure(
        self, surface_pressure: np.ndarray, level_pressure: np.ndarray, relative_tolerance: float = 1e-3, *, order: str = "top_first"
    ) -> None:
        """Raise BridgeError naming the first level where level_pressure (column, level), Pa, is not a + b ps."""
        options = _array_options("check_pressure", order, convert=False)
        with _bridge_errors():
            surface = _unmasked("surface_pressure", surface_pressure)
            self._raw.check_pressure(surface, _unmasked("level_pressure", level_pressure), relative_tolerance, options)

    def declare_grid(self, a: np.ndarray, b: np.ndarray, *, order: str = "top_first", relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError naming the first level where the host's mid-level pressure a (Pa) + b ps is not the training's."""
        bottom_first = _array_options("declare_grid", order, convert=False) != 0
        with _bridge_errors():
            self._raw.declare_grid(_unmasked("a", a), _unmasked("b", b), bottom_first, relative_tolerance)

    def check_constant(self, name: str, value: float, relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError when the training's constant (or time_step, tendency_interval) differs from `value`."""
        with _bridge_errors():
            self._raw.check_constant(name, value, relative_tolerance)

    def output_limits(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest training value of an output, (level), in its units."""
        with _bridge_errors():
            return self._raw.output_limits(name)

    @property
    def counters(self) -> dict[str, int]:
        """Since load, over all that share the scheme: calls, columns, and columns by flag, fallen back and by fixer."""
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
