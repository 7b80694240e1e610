"""Tangent and adjoint of a scheme."""

from typing import Any

import numpy as np

from paramnet.bridge.arrays import array_options, unmasked
from paramnet.bridge.errors import BridgeError
from paramnet.bridge.loader import bridge_errors

_KINDS = {"float32": 4, "float64": 8}  # PARAMNET_REAL32, PARAMNET_REAL64


class Differentiating:
    """The part of a loaded scheme that gives its derivative L: of the outputs with respect to the inputs, column by column.

    Order: bind_input for every input, bind_input_perturbation and bind_output_perturbation for what varies; linearize; then tangent
    and adjoint, any number of times. State and random numbers are held fixed; branches (limits, rectifiers, the larger of two
    numbers) are those of the point. Needs the native backend in float32.
    """

    _raw: Any

    def bind_input_perturbation(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Perturbation of the input `name`, in its units: tangent reads it, adjoint adds to it. Arguments as for bind_input.

        An input without an array is held fixed.
        """
        with bridge_errors():
            self._raw.bind_input_perturbation(name, units, unmasked(name, array), layout, array_options(name, levels, convert))
        self._keep("input", name, array)

    def bind_output_perturbation(
        self, name: str, units: str, array: np.ndarray, layout: str = "", *, levels: str = "top_first", convert: bool = False
    ) -> None:
        """Perturbation of the output `name`: tangent writes it, adjoint reads it, as the derivative of a scalar (per `units`).

        An output without an array is not computed, and its adjoint is 0.
        """
        with bridge_errors():
            self._raw.bind_output_perturbation(name, units, unmasked(name, array), layout, array_options(name, levels, convert))
        self._keep("output", name, array)

    def linearize(self, ncol: int, precision: str = "float32") -> None:
        """Keep the derivative at the first ncol columns of the bound inputs, until the next call; outputs are not written.

        precision : "float32" or "float64", the arithmetic of tangent and adjoint; linearize itself is in float64. Raises BridgeError
        with another backend, or with fixers, which have no derivative.
        """
        if precision not in _KINDS:
            raise BridgeError("linearize, precision", status=1, expected="'float32' or 'float64'", got=repr(precision))
        with bridge_errors():
            self._raw.linearize(ncol, _KINDS[precision])

    def tangent(self, ncol: int) -> None:
        """Output perturbations = L times input perturbations, of the first ncol columns."""
        with bridge_errors():
            self._raw.tangent(ncol)

    def adjoint(self, ncol: int) -> None:
        """Input perturbations += transpose of L times output perturbations, which stay unchanged, of the first ncol columns."""
        with bridge_errors():
            self._raw.adjoint(ncol)

    def difference(self, ncol: int) -> None:
        """Output perturbations = f(x + input perturbations) - f(x) at the point x, in float64: what tangent approximates."""
        with bridge_errors():
            self._raw.difference(ncol)

    def _keep(self, direction: str, name: str, array: np.ndarray) -> None:
        """The library points into the array: it must live as long as this handle."""
        self.__dict__.setdefault("_perturbations", {})[direction, name] = array
