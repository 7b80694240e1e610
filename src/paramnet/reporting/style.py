"""Common style of all figures: fonts, colours of the runs, axes of latitude and pressure, saving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import LevelCoordinate

__all__ = [
    "COLOURS",
    "LABELS",
    "class_ticks",
    "diverging_classes",
    "doubling_levels",
    "edges_from_middles",
    "figure_style",
    "latitude_axis",
    "latitude_axis_upward",
    "level_axis",
    "line_style",
    "nice_step",
    "pressure_axis",
    "save",
    "sigma_axis",
]

# After Okabe & Ito (2008): distinguishable with any kind of colour vision, and by their dashes in grey; contrast with white at least 3.
COLOURS = {
    "control": "#000000",
    "truth": "#000000",
    "floor": "#8c8c8c",
    "learned": "#009e73",
    "learned_no_fallback": "#3a96cf",
    "draw": "#a84f85",
    "linear": "#b87f00",
    "climatology": "#8c8c8c",
    "off": "#d55e00",
    "kuo": "#0072b2",
}
DASHES = {
    "kuo": (0, (4, 1)),
    "draw": (0, (1, 1)),
    "linear": (0, (5, 1.5)),
    "climatology": (0, (1, 1.5)),
    "off": (0, (3, 1.5, 1, 1.5)),
    "learned_no_fallback": (0, (2, 1)),
}
LABELS = {
    "control": "control (teacher)",
    "truth": "teacher",
    "floor": "second control",
    "learned": "learned",
    "learned_no_fallback": "learned, no fallback",
    "draw": "learned, one draw",
    "linear": "linear",
    "climatology": "climatology",
    "off": "no convection",
    "kuo": "Kuo",
}
LARGEST = 1_500_000  # bytes of an SVG
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "grid.linewidth": 0.4,
    "grid.color": "#d9d9d9",
    "figure.facecolor": "white",
    "savefig.dpi": 170,
    "svg.hashsalt": "paramnet",  # the same figure has the same bytes
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Apply the common settings and draw to files; a notebook's own backend is restored on exit."""
    backend = matplotlib.get_backend()
    plt.switch_backend("agg")
    try:
        with matplotlib.rc_context(SETTINGS):
            yield
    finally:
        plt.switch_backend(backend)


def line_style(run: str) -> dict[str, Any]:
    """Colour, dash and label of a run or predictor."""
    colour, dash = COLOURS.get(run, "#cc79a7"), DASHES.get(run, "solid")
    return {"color": colour, "linestyle": dash, "label": LABELS.get(run, run.replace("_", " "))}


def latitude_axis(axes: Axes, label: bool = True) -> None:
    """Make the x axis latitude, spaced by its sine, so that equal lengths are equal areas."""
    _sine_scale(axes.set_xscale)
    axes.set_xlim(-90, 90)
    axes.set_xticks([-60, -30, 0, 30, 60], ["60°S", "30°S", "0°", "30°N", "60°N"])
    if label:
        axes.set_xlabel("latitude")


def latitude_axis_upward(axes: Axes) -> None:
    """The same for the y axis of a map."""
    _sine_scale(axes.set_yscale)
    axes.set_ylim(-90, 90)
    axes.set_yticks([-60, -30, 0, 30, 60], ["60°S", "30°S", "0°", "30°N", "60°N"])


def _sine_scale(setter: object) -> None:
    def forward(latitude: ArrayLike) -> NDArray[np.float64]:
        return np.sin(np.deg2rad(np.clip(latitude, -90, 90)))

    def inverse(sine: ArrayLike) -> NDArray[np.float64]:
        return np.rad2deg(np.arcsin(np.clip(sine, -1, 1)))

    setter("function", functions=(forward, inverse))  # type: ignore[operator]


def sigma_axis(axes: Axes, label: str) -> None:
    """Make the y axis sigma, or pressure over 1000 hPa, with the model top at the top."""
    axes.set_ylim(1, 0)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_ylabel(label)


def pressure_axis(axis: Axes, pressure: NDArray[np.float64]) -> None:
    """Make the y axis pressure, hPa, downward; spaced by its square root if the grid extends above 10 hPa."""
    if pressure.min() < 10:
        axis.set_yscale("function", functions=(lambda p: np.sqrt(np.maximum(p, 0.0)), np.square))
        ticks = [1, 10, 50, 100, 200, 400, 600, 800, 1000]
    else:
        ticks = [0, 200, 400, 600, 800, 1000]
    axis.set_ylim(1000, 0)
    axis.set_yticks(ticks, [str(tick) for tick in ticks])
    axis.grid(axis="y")


def level_axis(axis: Axes, coordinate: LevelCoordinate) -> None:
    """Make the y axis that of a vertical grid: pressure, or height in km, upward from the ground."""
    if coordinate.name == "pressure":
        return pressure_axis(axis, coordinate.middle)
    axis.set_ylim(0.0, float(coordinate.interface.max()))
    axis.grid(axis="y")


def doubling_levels(base: float, doublings: int = 5) -> NDArray[np.float64]:
    """Class limits ±base·{1, 2, 4, …}: white below the base, with one scale for small and large differences."""
    positive = base * 2.0 ** np.arange(doublings + 1)
    return np.concatenate([-positive[::-1], positive])


def diverging_classes(levels: NDArray[np.float64], name: str = "RdBu_r") -> tuple[Colormap, BoundaryNorm]:
    """A diverging colour map with one colour per class, a white middle class, and both ends extended."""
    classes = len(levels) + 1
    samples = matplotlib.colormaps[name](np.linspace(0, 1, classes))
    samples[classes // 2] = (1, 1, 1, 1)
    colours = ListedColormap(samples[1:-1]).with_extremes(under=samples[0], over=samples[-1])
    return colours, BoundaryNorm(levels, len(levels) - 1)


def class_ticks(bar: Colorbar, levels: NDArray[np.float64], **text: Any) -> None:
    """A tick at every class limit, with a true minus sign."""
    bar.set_ticks(levels.tolist(), labels=[f"{level:g}".replace("-", "−") for level in levels], **text)


def nice_step(value: float) -> float:
    """The largest number not above ``value`` that is 1, 2 or 5 times a power of ten (1 for zero)."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(m for m in (1.0, 2.0, 5.0) if m * power <= value * (1 + 1e-9)) * power)


def edges_from_middles(middles: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Cell edges half-way between sorted middles, closed by ``low`` and ``high``."""
    values = np.asarray(middles, dtype=np.float64)
    return np.concatenate([[low], 0.5 * (values[1:] + values[:-1]), [high]])


def save(figure: Figure, folder: Path, name: str) -> Path:
    """Write ``name``.svg, or ``name``.png if it would be larger than LARGEST bytes, and close the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    drawing = BytesIO()
    figure.savefig(drawing, format="svg", metadata={"Creator": "paramnet", "Date": None})
    path, raster = folder / f"{name}.svg", folder / f"{name}.png"
    for earlier in (path, raster):
        earlier.unlink(missing_ok=True)
    if drawing.tell() <= LARGEST:
        path.write_bytes(drawing.getvalue())
    else:
        figure.savefig(raster, metadata={"Software": "paramnet"})
    plt.close(figure)
    return path if path.exists() else raster
