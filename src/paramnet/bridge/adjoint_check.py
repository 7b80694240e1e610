"""Do tangent and adjoint of a scheme belong to it? Dot products and Taylor ratios at given columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.bridge.errors import BridgeError
from paramnet.bridge.scheme import Scheme

__all__ = ["DOT_PRODUCTS", "AdjointCheck", "check_adjoint"]

Floats = NDArray[np.float64]

DOT_PRODUCTS = {"float64": 1e-12, "float32": 1e-5}  # largest relative difference, by precision of the derivative
_STEPS = tuple(10.0**-power for power in range(2, 8))
_SLOPE_STEPS = 3
_AT_ONCE = 384  # columns, because a network over levels keeps a megabyte for each
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


def _drawn_columns(scheme: Scheme, number: int, seed: int = 0) -> Floats:
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

    dx is normal with the standard deviation of each input over the columns. W has the inverse mean square of L dx of each output variable,
    over its levels and some hundred columns.
    Raises BridgeError where the scheme has no derivative.
    """
    scheme = Scheme(path, backend="native", strict=False)
    x = _drawn_columns(scheme, number, seed) if columns is None else np.asarray(columns, np.float64)
    _require_columns(scheme, x)
    generator = np.random.default_rng(seed + 1)
    perturbations = [generator.normal(size=x.shape) * _sizes(x) for _ in range(draws)]
    products = {precision: np.zeros((draws, 2)) for precision in DOT_PRODUCTS}
    differences, linear = np.zeros(len(_STEPS)), 0.0
    for start in range(0, len(x), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        point = _Point(scheme.share(), x[part])
        for precision, sums in products.items():
            point.linearize(precision)
            sums += [point.dot_products(dx[part]) for dx in perturbations]
            if precision == "float64":
                more, of_tangent = point.differences(perturbations[0][part])
                differences += more
                linear += of_tangent
    if linear == 0:
        raise BridgeError("derivative", status=6, expected="one that is not zero", got="zero at every column")
    found = {precision: list(np.abs(sums[:, 0] - sums[:, 1]) / sums[:, 0]) for precision, sums in products.items()}
    taylor = {step: float(one / (step * linear)) for step, one in zip(_STEPS, differences, strict=True)}
    return AdjointCheck(len(x), found, taylor, _slope(taylor))


def _require_columns(scheme: Scheme, x: Floats) -> None:
    n_in = sum(one["levels"] for one in scheme.inputs)
    if x.ndim != 2 or x.shape[1] != n_in or not len(x) or not np.isfinite(x).all():
        raise BridgeError("columns", status=1, expected=f"finite numbers (column, {n_in}), of one column at least", got=str(x.shape))


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
    """A handle with columns (column, n_in) and perturbations of everything, in float64."""

    def __init__(self, scheme: Scheme, x: Floats) -> None:
        self.scheme, self.x = scheme, np.ascontiguousarray(x)
        self.dx, self.dy = np.zeros_like(self.x), np.zeros((len(x), sum(one["levels"] for one in scheme.outputs)))
        for bind, variables, rows in (
            (scheme.bind_input, scheme.inputs, self.x),
            (scheme.bind_input_perturbation, scheme.inputs, self.dx),
            (scheme.bind_output_perturbation, scheme.outputs, self.dy),
        ):
            first = 0
            for variable in variables:
                bind(variable["name"], variable["units"], rows[:, first : first + variable["levels"]])
                first += variable["levels"]
        if scheme.state_size or scheme.random_numbers:
            scheme.bind_columns(np.arange(len(x)))
            scheme.set_step(0)
        if scheme.state_size:
            scheme.start_state()

    def linearize(self, precision: str) -> None:
        self.scheme.linearize(len(self.x), precision)

    def tangent(self, dx: Floats) -> tuple[Floats, Floats]:
        """L dx, and W L dx."""
        self.dx[:] = dx
        self.scheme.tangent(len(self.x))
        made, weighted, first = self.dy.copy(), self.dy.copy(), 0
        for variable in self.scheme.outputs:
            there = slice(first, first + variable["levels"])
            weighted[:, there] /= np.square(made[:, there]).mean() or 1.0
            first += variable["levels"]
        return made, weighted

    def dot_products(self, dx: Floats) -> tuple[float, float]:
        """<L dx, W L dx> and <dx, L' W L dx>."""
        made, weighted = self.tangent(dx)
        self.dx[:] = 0
        self.dy[:] = weighted
        self.scheme.adjoint(len(self.x))
        return float(np.sum(weighted * made)), float(np.sum(dx * self.dx))

    def differences(self, dx: Floats) -> tuple[list[float], float]:
        """<W L dx, f(x + h dx) - f(x)> of each step, and <W L dx, L dx>."""
        made, weighted = self.tangent(dx)
        found = []
        for step in _STEPS:
            self.dx[:] = step * dx
            self.scheme.difference(len(self.x))
            found.append(float(np.sum(weighted * self.dy)))
        return found, float(np.sum(weighted * made))
