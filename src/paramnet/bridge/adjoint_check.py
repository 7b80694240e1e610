"""Do tangent and adjoint of a scheme belong to it? Dot products and Taylor ratios at given columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.bridge.errors import BridgeError
from paramnet.bridge.scheme import Scheme

__all__ = ["DOT_PRODUCTS", "AdjointCheck", "check_adjoint", "drawn_columns"]

Floats = NDArray[np.float64]

DOT_PRODUCTS = {"float64": 1e-12, "float32": 1e-5}  # largest relative difference, by precision of the derivative
_STEPS = tuple(10.0**-power for power in range(2, 8))
_SLOPE_STEPS = 3
_LEAST_FALL = 1e-3  # of the departure, over the five decades of steps; columns that change branches make it irregular
_ROUNDING = 1e-9  # departures of a ratio that are no longer of the series


@dataclass(frozen=True)
class AdjointCheck:
    """What was found.

    dot_products : by precision, the relative difference of <L dx, W L dx> and <dx, L' W L dx>, summed over columns, for each dx.
    taylor : for each step h, the ratio <W L dx, f(x + h dx) - f(x)> / <W L dx, h L dx>, in float64.
    slope : of the logarithm of the ratio's departure from 1 with that of the step, over the three smallest steps where rounding does
        not hide it: 1 for a smooth scheme, irregular where columns change branches; None where the scheme is linear to rounding.
    """

    columns: int
    dot_products: dict[str, list[float]]
    taylor: dict[float, float]
    slope: float | None

    @property
    def adjoint_is_right(self) -> bool:
        """The dot products agree as far as each precision allows."""
        return all(max(found) <= DOT_PRODUCTS[precision] for precision, found in self.dot_products.items())

    @property
    def tangent_is_right(self) -> bool:
        """The ratio tends to 1: at the smallest step it has all but reached it."""
        largest, smallest = (abs(self.taylor[step] - 1) for step in (_STEPS[0], _STEPS[-1]))
        return smallest <= max(_ROUNDING, min(1e-5, _LEAST_FALL * largest))


def drawn_columns(scheme: Scheme, number: int, seed: int = 0) -> Floats:
    """Columns (column, n_in) from the middle half of each input's training range, drawn independently. Raises BridgeError without one."""
    ranges = scheme.manifest.get("envelope", {}).get("inputs", {})
    if "min" not in ranges or "max" not in ranges:
        raise BridgeError(
            "columns",
            status=4,
            expected="a scheme with the range of its training inputs",
            got="envelope.inputs is absent",
            remedy="give columns in a file (--columns)",
        )
    low, high = np.array(ranges["min"], np.float64), np.array(ranges["max"], np.float64)
    return low + (high - low) * np.random.default_rng(seed).uniform(0.25, 0.75, (number, len(low)))


def check_adjoint(path: str | Path, columns: Floats | None = None, *, number: int = 1000, draws: int = 3, seed: int = 0) -> AdjointCheck:
    """Check the derivative at ``columns`` (column, n_in), contract units, or at ``number`` drawn ones.

    dx is normal with the standard deviation of each input over the columns. W has the inverse mean square of L dx of each output.
    Raises BridgeError where the scheme has no derivative.
    """
    scheme = Scheme(path, backend="native", strict=False)
    point = _Point(scheme, drawn_columns(scheme, number, seed) if columns is None else np.asarray(columns, np.float64))
    generator = np.random.default_rng(seed + 1)
    perturbations = [generator.normal(size=point.x.shape) * _sizes(point.x) for _ in range(draws)]
    found = {precision: [point.dot_products(dx, precision) for dx in perturbations] for precision in DOT_PRODUCTS}
    taylor = point.taylor(perturbations[0])
    return AdjointCheck(len(point.x), found, taylor, _slope(taylor))


def _sizes(x: Floats) -> Floats:
    spread = x.std(axis=0)
    return np.where(spread > 0, spread, 0.01 * np.abs(x).mean(axis=0))


def _slope(taylor: dict[float, float]) -> float | None:
    seen = [(step, abs(ratio - 1)) for step, ratio in taylor.items() if abs(ratio - 1) > _ROUNDING][-_SLOPE_STEPS:]
    if len(seen) < 2:
        return None
    steps, departures = np.log(np.array(seen)).T
    return float(np.polyfit(steps, departures, 1)[0])


class _Point:
    """A scheme with columns (column, n_in) and perturbations of everything, in float64."""

    def __init__(self, scheme: Scheme, x: Floats) -> None:
        n_in, n_out = (sum(one["levels"] for one in side) for side in (scheme.inputs, scheme.outputs))
        if x.ndim != 2 or x.shape[1] != n_in or not len(x) or not np.isfinite(x).all():
            raise BridgeError("columns", status=1, expected=f"finite numbers (column, {n_in}), of one column at least", got=str(x.shape))
        self.scheme, self.x = scheme, x
        self.dx, self.dy = np.zeros_like(x), np.zeros((len(x), n_out))
        for variables, rows in ((scheme.inputs, self.dx), (scheme.outputs, self.dy)):
            first = 0
            for variable in variables:
                name, units, there = variable["name"], variable["units"], slice(first, first + variable["levels"])
                if variables is scheme.inputs:
                    scheme.bind_input(name, units, self.x[:, there])
                    scheme.bind_input_perturbation(name, units, rows[:, there])
                else:
                    scheme.bind_output_perturbation(name, units, rows[:, there])
                first += variable["levels"]
        if scheme.state_size or scheme.random_numbers:
            scheme.bind_columns(np.arange(len(x)))
            scheme.set_step(0)
            if scheme.state_size:
                scheme.start_state()

    def tangent(self, dx: Floats) -> tuple[Floats, Floats]:
        """L dx, and W L dx."""
        self.dx[:] = dx
        self.scheme.tangent(len(self.x))
        made = self.dy.copy()
        squares = np.square(made).mean(axis=0)
        return made, made / np.where(squares > 0, squares, 1.0)

    def dot_products(self, dx: Floats, precision: str) -> float:
        self.scheme.linearize(len(self.x), precision)
        made, weighted = self.tangent(dx)
        self.dx[:] = 0
        self.dy[:] = weighted
        self.scheme.adjoint(len(self.x))
        forward, backward = float(np.sum(weighted * made)), float(np.sum(dx * self.dx))
        if forward == 0:
            raise BridgeError("derivative", status=6, expected="one that is not zero", got="zero at every column")
        return abs(forward - backward) / forward

    def taylor(self, dx: Floats) -> dict[float, float]:
        self.scheme.linearize(len(self.x), "float64")
        made, weighted = self.tangent(dx)
        ratios = {}
        for step in _STEPS:
            self.dx[:] = step * dx
            self.scheme.difference(len(self.x))
            ratios[step] = float(np.sum(weighted * self.dy) / np.sum(weighted * step * made))
        return ratios
