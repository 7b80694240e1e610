"""``comparison.nc``: every figure can be drawn again from it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from histories import CONSTANTS, INTERFACES, LATITUDES, PROFILES, SINE
from paramnet.climate import texts
from paramnet.climate.budgets import budgets
from paramnet.climate.climate import AIMS, FIELDS, PERCENTILES, RAIN_EDGES, Climate, root_mean_square
from paramnet.climate.comparison_dataset import ALL_FIELDS, comparison_dataset
from paramnet.climate.diagnostics import Diagnosed, column_energy, heating_standard_deviation
from paramnet.climate.figures import waves as wave_figures
from paramnet.climate.groups import Groups
from paramnet.climate.history import HistoryGrid
from paramnet.climate.report import draw_figures
from paramnet.climate.uncertainty import DEFINITION, error_intervals
from paramnet.climate.waves import WaveSpectrum, wave_spectrum
from paramnet.reporting.netcdf import encoding

LONGITUDES, DAYS, WINDOW = 16, 40, (10, 40)
ON_LEVELS = (*PROFILES, "heating_by_physics", "moistening_by_physics", "square_of_heating_by_physics")
GRID = HistoryGrid(
    latitude=np.rad2deg(np.arcsin(SINE)),
    longitude=np.arange(LONGITUDES) * 360.0 / LONGITUDES,
    sigma=0.5 * (INTERFACES[1:] + INTERFACES[:-1]),
    sigma_interface=INTERFACES,
    land=np.linspace(0.0, 1.0, LATITUDES * LONGITUDES).reshape(LATITUDES, LONGITUDES),
)


def climate(name: str, seed: int, days: int = DAYS) -> Climate:
    rng = np.random.default_rng(seed)
    zonal = {
        field.name: 10.0 + seed + rng.random((days, 3, LATITUDES) if field.name in ON_LEVELS else (days, LATITUDES)) for field in ALL_FIELDS
    }
    zonal["square_of_heating_by_physics"] += zonal["heating_by_physics"] ** 2
    shares, window = rng.dirichlet(np.ones(len(RAIN_EDGES) - 1)), (WINDOW[0], min(days, WINDOW[1]))
    return Climate(name, GRID, days, window, zonal, rng.random((LATITUDES, LONGITUDES)), shares, np.sort(rng.random(len(PERCENTILES))))


def diagnosed(of: Climate, seed: int) -> Diagnosed:
    rng = np.random.default_rng(seed)
    energy = rng.normal(0.0, 100.0, (3000, 2))
    rain = {"hours": 3, "percentiles_mm_day": {f"{level:g}": float(value) for level, value in zip(PERCENTILES, rng.random(5), strict=True)}}
    waves = wave_spectrum(rng.random((240, LATITUDES, LONGITUDES)), GRID.latitude, 8, 30)
    numbers = {"rain": rain, "column_energy": column_energy(energy, np.full(3000, 1 / 3000))}
    return Diagnosed(of, heating_standard_deviation(of), rng.dirichlet(np.ones(len(RAIN_EDGES) - 1)), waves, energy, numbers)


@dataclass(frozen=True)
class Redrawn(Climate):
    """A climate whose means and series come from a file."""

    file: xr.Dataset | None = None

    def zonal_mean(self, name: str, window: tuple[int, int]) -> np.ndarray:
        assert self.file is not None
        mean = self.file[f"zonal_mean_{name}"]
        if window == self.window:
            return mean.sel(run=self.name).values
        shorter = self.file.run.values[self.file.window_end.values == window[1]][0]  # the control over the days of a run that ended
        return (mean - self.file[f"zonal_difference_{name}"]).sel(run=shorter).values

    def series(self, name: str) -> np.ndarray:
        assert self.file is not None
        return self.file[f"global_mean_{name}"].sel(run=self.name).values[: self.days]


def redrawn(file: xr.Dataset, run: str) -> Climate:
    its = file.sel(run=run)
    grid = HistoryGrid(*(file[name].values for name in ("latitude", "longitude", "level", "interface", "land_area_fraction")))
    names = [field.name for field in ALL_FIELDS if f"global_mean_{field.name}" in file]
    window = (int(file.first_day), int(its.window_end))
    rain = (its.rain_map.values, its.daily_rain_share.values, its.daily_rain_percentile.values)
    return Redrawn(run, grid, int(its.days), window, dict.fromkeys(names, np.empty(0)), *rain, file)


def redrawn_diagnosis(file: xr.Dataset, of: Climate) -> Diagnosed:
    its = file.sel(run=of.name)
    percentiles = {f"{level:g}": float(its.short_rain_percentile.sel(percentile=level)) for level in PERCENTILES}
    powers = (its[f"wave_power_{part}"].values for part in ("symmetric", "antisymmetric", "background"))
    numbers = {
        "rain": {"hours": int(its.short_rain_interval), "percentiles_mm_day": percentiles},
        "column_energy": {"residual_rms": float(its.column_energy_residual_rms)},
    }
    waves = WaveSpectrum(file.frequency.values, file.wavenumber.values, *powers, 1)
    return Diagnosed(of, its.heating_std.values, its.short_rain_share.values, waves, np.empty((0, 2)), numbers)


def redrawn_comparison(file: xr.Dataset) -> dict[str, Any]:
    fields = {}
    for name in file.field.values:
        errors = file[f"rmse_{name}"]
        known = {str(role): None if np.isnan(value) else float(value) for role, value in zip(file.role.values, errors.values, strict=True)}
        fields[str(name)] = {"units": errors.units, "long_name": str(name), **known}
    terms = [name for name in file if str(name).startswith("budget_")]
    of_runs = {str(run): {str(term).removeprefix("budget_"): float(file[term].sel(run=run)) for term in terms} for run in file.run.values}
    return {"online": {"fields": fields}, "budgets": of_runs}


def recording(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[np.ndarray]]:
    """Record the arrays that figures draw, without rendering; the function returns those since it was called last."""
    drawn: list[np.ndarray] = []

    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Axes, *values: Any, **options: Any) -> Any:
            drawn.extend(np.ma.filled(np.ma.asarray(one, dtype=np.float64), np.nan) for one in values if not isinstance(one, str))
            return original(self, *values, **options)

        return wrapped

    for method in ("plot", "pcolormesh", "contour", "contourf", "stairs", "hlines", "fill_between"):
        monkeypatch.setattr(Axes, method, recorded(getattr(Axes, method)))
    for name, function in list(vars(texts).items()):  # the words for those who do not see a figure come from comparison.json
        if getattr(function, "__module__", "") == texts.__name__:
            monkeypatch.setattr(texts, name, lambda *values: "")
    monkeypatch.setattr(Figure, "savefig", lambda self, target, **options: None)

    def since() -> list[np.ndarray]:
        found = drawn.copy()
        drawn.clear()
        return found

    return since


def test_all_figures_can_be_drawn_again_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    climates = {
        name: climate(name, seed, days) for seed, (name, days) in enumerate({"control": 40, "floor": 40, "learned": 40, "off": 25}.items())
    }
    found = {name: diagnosed(one, seed) for seed, (name, one) in enumerate(climates.items()) if name != "off"}
    groups, fields = Groups.of_runs(climates), {}
    for field in FIELDS:
        means = {name: one.zonal_mean(field.name, one.window) for name, one in climates.items() if one.window}
        errors = {name: root_mean_square(GRID, means[name] - means["control"]) for name in ("floor", "learned")} | {"off": None}
        intervals = error_intervals(climates, groups, field.name, WINDOW[1])
        fields[field.name] = {"units": field.units, "long_name": field.long_name, **errors, **intervals}
    comparison = {
        **{"online": {"fields": fields}, "window_days": list(WINDOW), "measure": "rmse", "uncertainty": {"definition": DEFINITION}},
        "budgets": {name: budgets(one, CONSTANTS) for name, one in climates.items()},
    }
    dataset = comparison_dataset(comparison, climates, found, groups, CONSTANTS)
    dataset.to_netcdf(tmp_path / "comparison.nc", encoding=encoding(dataset))

    since = recording(monkeypatch)
    pictures = draw_figures(climates, comparison, found, CONSTANTS, tmp_path / "first")
    wanted = since()
    with xr.open_dataset(tmp_path / "comparison.nc") as file:
        file.load()
    again = {name: redrawn(file, name) for name in climates}
    counts = {name: file.column_energy_count.sel(run=name).values for name in found}
    monkeypatch.setattr(wave_figures, "energy_histograms", lambda energies: (file.column_heating_edge.values, counts))
    diagnoses = {name: redrawn_diagnosis(file, again[name]) for name in found}
    constants = {"latent_heat_of_vaporization": float(file.latent_heat_of_vaporization)}
    draw_figures(again, redrawn_comparison(file), diagnoses, constants, tmp_path / "second")
    drawn = since()

    assert len(pictures) == 13 and len(wanted) == len(drawn) > 200
    for one, other in zip(wanted, drawn, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)
    learned = {key: float(file[key].sel(field="air_temperature", role="learned")) for key in ("ratio", "ratio_low", "ratio_high")}
    assert list(learned.values()) == [fields["air_temperature"]["ratio"]["learned"][key] for key in ("value", "low", "high")]
    assert float(file.ratio_aim.sel(field="air_temperature")) == AIMS["air_temperature"]
    assert all("units" in one.attrs for one in file.data_vars.values())
