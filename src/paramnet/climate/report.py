"""Report of coupled runs: figures with captions in one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramnet.climate.climate import AIMS, FIELDS, PHYSICS_FIELDS, RUNS, Climate
from paramnet.climate.diagnostics import rain_interval
from paramnet.climate.figures import physics, rain, series, waves, zonal
from paramnet.reporting.html import render
from paramnet.reporting.style import LABELS, figure_style, nice_step

if TYPE_CHECKING:
    from paramnet.climate.compare_config import CompareConfig
    from paramnet.climate.diagnostics import Diagnosed

SECTIONS = ("air_temperature", "specific_humidity", "eastward_wind")


@dataclass(frozen=True)
class Picture:
    """A figure with its title and caption."""

    path: Path
    title: str
    caption: str


def draw_figures(
    climates: dict[str, Climate], comparison: dict[str, Any], diagnosed: dict[str, Diagnosed], constants: dict[str, float], folder: Path
) -> list[Picture]:
    """Draw all figures into ``folder``; runs without a comparison window appear only in the time series."""
    fields = comparison["online"]["fields"]
    window = climates["control"].window
    assert window is not None  # the control is complete
    sections = tuple(name for name in SECTIONS if all(name in climate.zonal for climate in climates.values()))
    base = {name: _base(fields, name, climates) for name in sections}
    budgets = {name: budget for name, budget in comparison["budgets"].items() if name in climates}
    interval = rain_interval(one.numbers for one in diagnosed.values())
    runs = zonal.shown(climates)
    with figure_style():
        drawn: list[tuple[Path | None, str, str]] = [
            (series.scoreboard(fields, runs, AIMS, folder), "Errors in units of natural variability",
             "RMSE of each field's zonal time mean against the control, divided by that of a second control that differs only in its "
             "initial noise. At 1 a run is as close to the control as the teacher is to itself. In brackets: "
             "the second control's RMSE. Bars: the targets for the four fields that are judged."),
            (zonal.cross_sections(climates, sections, base, folder), "Zonal-mean climate",
             "Left: the control; then differences from it. The class width doubles from class to class; white covers differences up "
             "to the second control's RMSE. The axes are linear in area and mass."),
            (rain.rain_profiles(climates, folder), "Precipitation by latitude",
             "The band is the control plus and minus the RMSE of the second control."),
            (rain.rain_maps(climates, folder), "Maps of precipitation",
             "Time means. Coastlines are drawn where the host's land fraction is one half."),
            (rain.rain_distribution(climates, folder), "Daily precipitation",
             "Fraction of area and days at each rate, and the ratio to the control. Beyond the 99.99th percentile the sample is small."),
            (series.time_series(climates, window, folder), "Time series",
             "Daily global means. Shaded: the compared days. A cross marks a run that ended early."),
            (series.budget_bars(budgets, folder), "Global budgets",
             "Means over the compared days. Unaccounted energy is top-of-atmosphere net minus surface net minus storage of enthalpy and "
             "latent heat; the host's own is not zero. Unaccounted water is evaporation minus precipitation minus vapour storage."),
            (physics.heating_sections(diagnosed, folder), "Heating",
             "By all physics except surface fluxes and diffusion. Above: mean. Below: standard deviation of single steps in time and "
             "longitude. A network that predicts the conditional mean varies less than the teacher."),
            (physics.flux_profiles(diagnosed, folder), "Fluxes at the top and at the surface",
             "Zonal means; the band is the control plus and minus the RMSE of the second control."),
            (waves.three_hourly_rain(diagnosed, folder), f"{interval.capitalize()} rain",
             "Density of rain rates; ticks mark the 99.99th percentiles."),
            (waves.wave_spectra(diagnosed, folder), "Waves in tropical rain",
             "Power of rain between 15° S and 15° N by zonal wavenumber and frequency, for the parts symmetric and antisymmetric about "
             "the equator (Wheeler & Kiladis 1999), and its ratio to a smoothed background. "
             "Lines: free waves of 12, 25 and 50 m equivalent depth."),
            (waves.energy_scatter(diagnosed, folder), "Column energy",
             "Three-hourly heating of each column without radiation, against its moistening times the latent heat. On the line, "
             "enthalpy is conserved. Departures are freezing, melting, condensate that has not yet rained, or a scheme that loses energy."),
            (physics.totals_series(diagnosed, constants, folder), "Total energy and water of the air",
             "Daily global means of enthalpy, latent heat and kinetic energy, and of vapour."),
        ]  # fmt: skip
    return [Picture(path, title, caption) for path, title, caption in drawn if path is not None]


def _base(fields: dict[str, Any], name: str, climates: dict[str, Climate]) -> float:
    """Half-width of the white class: the floor's RMSE rounded to 1, 2 or 5, or 1/50 of the field's range without a floor."""
    floor = fields.get(name, {}).get("floor")
    window = climates["control"].window
    assert window is not None
    mean = climates["control"].zonal_mean(name, window)
    return nice_step(floor) if floor else nice_step(float(mean.max() - mean.min()) / 50.0)


def write_report(config: CompareConfig, comparison: dict[str, Any], pictures: list[Picture], target: Path) -> Path:
    """Write the HTML report, with the offline scores if the configuration has them."""
    rows = {name: row for name, row in (config.offline or {}).items() if isinstance(row, dict) and "r2" in row}
    runs = [name for name in comparison.get("members", comparison["runs"]) if name != "control"]
    order = [name for name in RUNS if name in runs]
    return render(
        "comparison_report.html",
        target,
        ("paramnet.climate", "paramnet.evaluation"),
        title=config.title,
        comparison=comparison,
        aims=AIMS,
        runs=[*order, *(name for name in runs if name not in order)],
        labels=LABELS,
        interval=rain_interval(comparison["diagnostics"]["runs"].values()),
        members={role: names for role, names in comparison.get("members", {}).items() if len(names) > 1},
        names={row.name: row.long_name for row in (*FIELDS, *PHYSICS_FIELDS)},
        ended={name: run for name, run in comparison["runs"].items() if not run["complete"]},
        pictures=pictures,
        skill=config.offline,
        rows=rows,
        baselines=[who for who in ("linear", "ensemble", "climatology") if any(f"{who}_mae" in row for row in rows.values())],
        provenance=config.provenance,
    )
