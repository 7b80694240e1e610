"""Figures of the quality report as inline SVG: the histogram of every variable, mean and range of every profile.

They are written without a plotting library, which takes longer for a hundred panels than reading a small archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable
from paramnet.preprocessing.quality.statistics import Quality, VariableQuality, bin_edges
from paramnet.reporting.html import number, plain_name

_INSIDE, _OUTSIDE = "#009e73", "#d55e00"
_LEFT, _TOP, _WIDTH, _BELOW = 42, 30, 190, 18  # margins and width of a panel's plot, in pixels
_ENDS = 8  # space on both sides for values outside the range, in widths of a bin
_NO_BREAK = "\u00a0"
_PRESSURE_TICKS = (0, 250, 500, 750, 1000)


def histograms(contract: Contract, quality: Quality) -> Markup:
    """Return a panel for each variable: fraction by bin, on a logarithmic scale; the bars at the ends are outside the valid range."""
    return _side_by_side(_histogram(variable, quality.variables[variable.name]) for variable in (*contract.inputs, *contract.outputs))


def profiles(contract: Contract, quality: Quality) -> Markup:
    """Return a panel for each profile: mean and range of values by level; empty without profiles."""
    every = [variable for variable in (*contract.inputs, *contract.outputs) if variable.is_profile]
    return _side_by_side(_profile(variable, quality.variables[variable.name], _level_axis(contract)) for variable in every)


class _LevelAxis(NamedTuple):
    """Places of levels and of ticks as shares of a panel's height, from its top."""

    levels: NDArray[np.float64]
    ticks: list[tuple[float, str]]


def _level_axis(contract: Contract) -> _LevelAxis:
    coordinate = contract.vertical_grid.coordinate
    if coordinate.name == "pressure":
        ground = _PRESSURE_TICKS[-1]
        return _LevelAxis(coordinate.middle / ground, [(tick / ground, str(tick)) for tick in _PRESSURE_TICKS])
    top = float(coordinate.interface.max())
    return _LevelAxis(1.0 - coordinate.middle / top, [(1.0 - share, number(share * top, 2)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)])


def _side_by_side(panels: Iterable[str]) -> Markup:
    return Markup("\n".join(panels))


def _panel(
    variable: Variable, height: int, marks: Sequence[str], across: Iterable[tuple[float, str]], up: Iterable[tuple[float, str]]
) -> str:
    """Return one SVG: title, axes with ticks (position in pixels, text), and the marks in pixels of the plot."""
    units = "" if variable.units == "1" else f", {variable.units.replace(' ', _NO_BREAK)}"
    lines = wrap(plain_name(variable.name) + units, 38)[:2]
    size = f"{_LEFT + _WIDTH + 8} {_TOP + height + _BELOW}"
    title = "".join(f'<text x="0" y="{12 + 12 * row}" font-size="10.5">{escape(line)}</text>' for row, line in enumerate(lines))
    bottom = "".join(
        f'<path d="M{x:.1f} {height}v3" stroke="#444"/><text x="{x:.1f}" y="{height + 14}" text-anchor="middle">{text}</text>'
        for x, text in across
    )
    left = "".join(f'<path d="M0 {y:.1f}h-3" stroke="#444"/><text x="-5" y="{y + 3:.1f}" text-anchor="end">{text}</text>' for y, text in up)
    frame = f'<path d="M0 0V{height}H{_WIDTH}" fill="none" stroke="#444"/>'
    return (
        f'<svg class="panel" role="img" viewBox="0 0 {size}" font-size="8.5" fill="#222"><title>{escape(variable.long_name)}</title>'
        f'{title}<g transform="translate({_LEFT} {_TOP})">{"".join(marks)}{frame}{bottom}{left}</g></svg>'
    )


def _histogram(variable: Variable, found: VariableQuality) -> str:
    counts, height = found.histogram, 85
    low, high = variable.valid_range
    edges, total = bin_edges(low, high), max(1, int(counts.sum()))
    smallest = int(np.floor(np.log10(min(0.3 / total, 1e-3))))
    bins = len(edges) - 1  # drawn with equal widths: edges are uniform, or uniform in asinh
    wide = _WIDTH / (bins + 2 * _ENDS)

    def tall(count: float) -> float:
        return height * (1 - np.log10(count / total) / smallest) if count else 0.0

    def bar(count: int, first: float, last: float) -> str:
        return f"M{first * wide:.1f} {height}V{height - tall(count):.1f}H{last * wide:.1f}V{height}"

    inside = "".join(bar(int(count), _ENDS + place, _ENDS + place + 1) for place, count in enumerate(counts[1:-1]) if count)
    outside = bar(int(counts[0]), 1, 5) + bar(int(counts[-1]), bins + 2 * _ENDS - 5, bins + 2 * _ENDS - 1)
    marks = [f'<path fill="{_INSIDE}" d="{inside}"/>', f'<path fill="{_OUTSIDE}" d="{outside}"/>']
    ticks = _ticks(low, high)
    places = (_ENDS + np.interp(ticks, edges, np.arange(bins + 1))) * wide
    shares = [(height - tall(total * 10.0**power), number(10.0**power, 1)) for power in range(0, smallest - 1, -2)]
    return _panel(variable, height, marks, zip(places.tolist(), map(number, ticks), strict=True), shares)


def _ticks(low: float, high: float) -> list[float]:
    """Return the ends of the valid range, and zero or a value between them."""
    if low > 0 or high < 0:
        return [low, 0.5 * (low + high), high]
    if low == 0:
        return [low, high / 100, high]
    return [low, 0.0, high] if -low > 1e-3 * high else [0.0, high / 100, high]


def _profile(variable: Variable, found: VariableQuality, axis: _LevelAxis) -> str:
    height = 150
    seen = np.isfinite(found.minimum) & np.isfinite(found.maximum)
    bad = (found.missing + found.below + found.above) > 0
    low = float(found.minimum[seen].min()) if seen.any() else 0.0
    high = float(found.maximum[seen].max()) if seen.any() else 0.0
    span = (high - low) or 1.0

    def points(values: NDArray[np.floating], where: NDArray) -> list[str]:
        across, down = (values[where] - low) / span * _WIDTH, axis.levels[where] * height
        return [f"{x:.1f} {y:.1f}" for x, y in zip(across, down, strict=True)]

    marks = []
    if seen.any():
        outline = [*points(found.minimum, seen), *points(found.maximum, seen)[::-1]]
        marks.append(f'<path fill="{_INSIDE}" fill-opacity="0.25" d="M{"L".join(outline)}Z"/>')
        marks.append(f'<path fill="none" stroke="{_INSIDE}" stroke-width="1.6" d="M{"L".join(points(found.mean, seen))}"/>')
    lost = points(np.where(np.isfinite(found.mean), found.mean, low), bad)
    marks += [f'<path stroke="{_OUTSIDE}" stroke-width="5" stroke-linecap="round" d="M{point}h0"/>' for point in lost]
    ends = [(_WIDTH * share, number(low + span * share)) for share in (0.0, 0.5, 1.0)]
    return _panel(variable, height, marks, ends, [(place * height, text) for place, text in axis.ticks])
