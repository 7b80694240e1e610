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


@contextmanager
def _bridge_errors() -> Iterator[None]:
    try:
        yield
    except load_module().StatusError as problem:
        raise BridgeError(str(problem), problem.status) from None


class Scheme:
    """A loaded scheme.pt.

    Raises BridgeError naming the file and what is wrong with it: missing, truncated, foreign, without a manifest, of a
    newer format, or for a device that is not there.
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
    ) -> None:
        with _bridge_errors():
            self._raw = load_module().Scheme(str(path), device, threads, precision, backend, float(envelope_tolerance))
        self._dtype = np.dtype(precision)

    def bind_input(self, name: str, units: str, array: np.ndarray, layout: str = "") -> None:
        """Read `name` from `array` at each run, in place.

        array : (column, level) or (column), float32 or float64, any strides; with layout "level,column" the other way
        round; with layout "level" one column's profile.  Raises BridgeError naming the variable, expected and got.
        """
        with _bridge_errors():
            self._raw.bind_input(name, units, array, layout)

    def bind_output(self, name: str, units: str, array: np.ndarray, layout: str = "") -> None:
        """Write `name` to `array` at each run, in place; array as for bind_input."""
        with _bridge_errors():
            self._raw.bind_output(name, units, array, layout)

    def run(self, ncol: int) -> np.ndarray:
        """Evaluate columns 0..ncol-1 of the bound arrays; returns flags (column), int32, sums of FLAG_*.

        Outputs of columns with FLAG_NONFINITE_INPUT or FLAG_NONFINITE_OUTPUT are zero.
        """
        with _bridge_errors():
            return self._raw.run(ncol)

    def predict(
        self, inputs: Mapping[str, np.ndarray] | np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray] | tuple[np.ndarray, np.ndarray]:
        """Outputs of `inputs`, and flags (column), int32.

        inputs : a dict name -> (column, level) or (column), giving a dict of outputs; or (column, n_in) in the
        contract's order, giving (column, n_out).  Physical units.  Arrays bound before are replaced.
        """
        if isinstance(inputs, np.ndarray):
            return self._predict_rows(inputs)
        for variable in self.inputs:
            if variable["name"] not in inputs:
                raise BridgeError(f"predict: expected input {variable['name']!r}, got {sorted(inputs)}", status=5)
        for name, values in inputs.items():
            units = next((item["units"] for item in self.inputs if item["name"] == name), "")
            self.bind_input(name, units, np.asarray(values))
        ncol = len(next(iter(inputs.values())))
        outputs = {}
        for variable in self.outputs:
            shape = (ncol, variable["levels"]) if variable["profile"] else (ncol,)
            outputs[variable["name"]] = np.zeros(shape, self._dtype)
            self.bind_output(variable["name"], variable["units"], outputs[variable["name"]])
        return outputs, self.run(ncol)

    def _predict_rows(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        width = sum(variable["levels"] for variable in self.inputs)
        if rows.ndim != 2 or rows.shape[1] != width:
            raise BridgeError(f"predict: expected an array (column, {width}), got shape {rows.shape}", status=1)
        result = np.zeros((len(rows), sum(variable["levels"] for variable in self.outputs)), self._dtype)
        for bind, variables, array in (
            (self.bind_input, self.inputs, rows),
            (self.bind_output, self.outputs, result),
        ):
            first = 0
            for variable in variables:
                bind(variable["name"], variable["units"], array[:, first : first + variable["levels"]])
                first += variable["levels"]
        return result, self.run(len(rows))

    def check_pressure(self, surface_pressure: np.ndarray, level_pressure: np.ndarray, relative_tolerance: float = 1e-3) -> None:
        """Raise BridgeError naming the first level where level_pressure (column, level), Pa, is not a + b ps."""
        with _bridge_errors():
            self._raw.check_pressure(surface_pressure, level_pressure, relative_tolerance)

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
        """Since load: calls, columns, nonfinite_input, nonfinite_output, outside_envelope."""
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
