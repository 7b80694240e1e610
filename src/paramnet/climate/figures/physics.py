"""Figures of the physics: heating and its variability by latitude and σ, fluxes by latitude, daily totals."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from paramnet.climate.climate import Climate
from paramnet.climate.diagnostics import FLUXES, Diagnosed, total_series
from paramnet.reporting.style import COLOURS, LABELS, edges_from_middles, latitude_axis, line_style, nice_step, save, sigma_axis


def heating_sections(diagnosed: dict[str, Diagnosed], folder: Path) -> Path | None:
    """Mean heating above, its standard deviation in time and longitude below; one column per run."""
    runs = {name: one for name, one in diagnosed.items() if one.heating_std is not None}
    if not runs:
        return None
    figure, axes = plt.subplots(
        2, len(runs), figsize=(2.1 * len(runs) + 1.2, 4.6), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    means = {name: _mean(one.climate) for name, one in runs.items()}
    first = next(iter(runs.values()))
    limit = float(np.abs(next(iter(means.values()))).max())
    highest = float(first.heating_std.max()) if first.heating_std is not None else 1.0
    latitude = edges_from_middles(first.climate.grid.latitude, 90, -90)
    for column, (name, one) in enumerate(runs.items()):
        below = one.climate.grid.sigma_interface
        mean = axes[0, column].pcolormesh(latitude, below, means[name], cmap="RdBu_r", vmin=-limit, vmax=limit, rasterized=True)
        std = axes[1, column].pcolormesh(latitude, below, one.heating_std, cmap="YlOrRd", vmin=0, vmax=highest, rasterized=True)
        axes[0, column].set_title(LABELS.get(name, name), fontsize=9.5, fontweight="bold")
    for axis in axes[:, 0]:
        sigma_axis(axis, first.climate.grid.vertical)
    for axis in axes.flat:
        latitude_axis(axis, label=axis in axes[-1])
        axis.set_xticks([-60, 0, 60], ["60°S", "0°", "60°N"])
    figure.colorbar(mean, ax=list(axes[0]), label="heating, K day⁻¹", extend="both")
    figure.colorbar(std, ax=list(axes[1]), label="standard deviation, K day⁻¹", extend="max")
    return save(figure, folder, "heating")


def _mean(climate: Climate) -> np.ndarray:
    assert climate.window is not None
    return climate.zonal_mean("heating_by_physics", climate.window)


def flux_profiles(diagnosed: dict[str, Diagnosed], folder: Path) -> Path | None:
    """Radiative fluxes at the top and all surface fluxes by latitude; the band is the control ± the second control's RMSE."""
    control = diagnosed["control"].climate
    names = [name for name in FLUXES if all(name in one.climate.zonal for one in diagnosed.values())]
    if not names:
        return None
    figure, axes = plt.subplots(
        -(-len(names) // 2), 2, figsize=(8.4, 2.1 * -(-len(names) // 2)), sharex=True, layout="constrained", squeeze=False
    )
    for axis, name in zip(axes.flat, names, strict=False):
        assert control.window is not None
        mean = control.zonal_mean(name, control.window)
        for run, one in diagnosed.items():
            assert one.climate.window is not None
            profile = one.climate.zonal_mean(name, one.climate.window)
            if run == "floor":
                band = float(np.sqrt((profile - mean) ** 2 @ control.grid.latitude_weight))
                axis.fill_between(
                    control.grid.latitude, mean - band, mean + band, color=COLOURS["floor"], alpha=0.4, lw=0, label=LABELS["floor"]
                )
                continue
            axis.plot(control.grid.latitude, profile, **line_style(run))
        axis.set_title(FLUXES[name], fontsize=9)
        axis.set_ylabel("W m⁻²")
    for place, axis in enumerate(axes.flat):
        if place >= len(names):
            axis.remove()
        elif place >= len(names) - 2:  # the lowest of its column
            latitude_axis(axis)
            axis.tick_params(labelbottom=True)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 6))
    return save(figure, folder, "fluxes")


def totals_series(diagnosed: dict[str, Diagnosed], constants: dict[str, float], folder: Path) -> Path | None:
    """Daily global means of the air's total energy and vapour, minus the control's mean over the window."""
    series = {name: total_series(one.climate, constants) for name, one in diagnosed.items()}
    known = {name: values for name, values in series.items() if values is not None}
    if "control" not in known:
        return None
    window = diagnosed["control"].climate.window
    assert window is not None
    figure, axes = plt.subplots(2, 1, figsize=(7.4, 4.2), sharex=True, layout="constrained")
    for row, (scale, label) in enumerate(((1e6, "total energy − control's mean,\nMJ m⁻²"), (1.0, "vapour − control's mean,\nkg m⁻²"))):
        reference = known["control"][row][slice(*window)].mean()
        for name, values in known.items():
            axes[row].plot(np.arange(len(values[row])) + 0.5, (values[row] - reference) / scale, **line_style(name))
        drawn = np.concatenate([(values[row][window[0] :] - reference) / scale for values in known.values()])
        margin = nice_step(float(np.ptp(drawn)) or 1.0) * 0.2
        axes[row].set_ylim(float(drawn.min()) - margin, float(drawn.max()) + margin)
        axes[row].set_ylabel(label)
        axes[row].axvspan(*window, color="#f2f2f2", zorder=0, lw=0)
        axes[row].grid(axis="y")
    axes[1].set_xlabel("days")
    axes[0].legend(ncols=3)
    return save(figure, folder, "totals")
