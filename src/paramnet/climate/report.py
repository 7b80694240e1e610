"""Report of coupled runs: figures with captions in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramnet.climate import report_tables, texts
from paramnet.climate.climate import AIMS, FIELDS, PHYSICS_FIELDS, RUNS, Climate
from paramnet.climate.diagnostics import FLUXES, rain_interval
from paramnet.climate.figures import physics, rain, series, waves, zonal
from paramnet.reporting.html import link_between, render
from paramnet.reporting.picture import Picture, numbered
from paramnet.reporting.style import LABELS, figure_style, nice_step

if TYPE_CHECKING:
    from paramnet.climate.compare_config import CompareConfig
    from paramnet.climate.diagnostics import Diagnosed

SECTIONS = ("air_temperature", "specific_humidity", "eastward_wind")


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
        drawn: list[tuple[Path | None, str, str, str, str]] = [
            (series.scoreboard(fields, runs, AIMS, folder), "climate", "Errors in units of natural variability",
             "RMSE of each field's zonal time mean against the control, divided by that of a second control that differs only in its "
             "initial noise. At 1 a run is as close to the control as the teacher is to itself. In brackets: "
             "the second control's RMSE. Bars: the targets for the four fields that are judged.",
             texts.scoreboard(comparison, runs)),
            (zonal.cross_sections(climates, sections, base, folder), "climate", "Zonal-mean climate",
             "Left: the control; then differences from it. The class width doubles from class to class; white covers differences up "
             "to the second control's RMSE. The axes are linear in area and mass.",
             texts.errors(comparison, sections, runs)),
            (series.time_series(climates, window, folder), "climate", "Time series",
             "Daily global means. Shaded: the compared days. A cross marks a run that ended early.", texts.series(climates)),
            (rain.rain_profiles(climates, folder), "rain", "Precipitation by latitude",
             "The band is the control plus and minus the RMSE of the second control.", texts.rain_band(comparison)),
            (rain.rain_maps(climates, folder), "rain", "Maps of precipitation",
             "Time means. Coastlines are drawn where the host's land fraction is one half.", texts.rain_means(comparison)),
            (rain.rain_distribution(climates, folder), "rain", "Daily precipitation",
             "Fraction of area and days at each rate, and the ratio to the control. Beyond the 99.99th percentile the sample is small.",
             texts.daily_rain(comparison)),
            (waves.three_hourly_rain(diagnosed, folder), "rain", f"{interval.capitalize()} rain",
             "Density of rain rates; ticks mark the 99.99th percentiles.", texts.interval_rain(comparison)),
            (waves.wave_spectra(diagnosed, folder), "rain", "Waves in tropical rain",
             "Power of rain between 15° S and 15° N by zonal wavenumber and frequency, for the parts symmetric and antisymmetric about "
             "the equator (Wheeler & Kiladis 1999), and its ratio to a smoothed background. "
             "Lines: free waves of 12, 25 and 50 m equivalent depth.",
             texts.diagnosed(comparison, "Power of Kelvin waves over the background", "waves", "kelvin_signal")),
            (series.budget_bars(budgets, folder), "budgets", "Global budgets",
             "Means over the compared days. Unaccounted energy is top-of-atmosphere net minus surface net minus storage of enthalpy and "
             "latent heat; the host's own is not zero. Unaccounted water is evaporation minus precipitation minus vapour storage.",
             texts.budgets(budgets)),
            (physics.flux_profiles(diagnosed, folder), "budgets", "Fluxes at the top and at the surface",
             "Zonal means; the band is the control plus and minus the RMSE of the second control.", texts.distances(comparison, FLUXES)),
            (physics.heating_sections(diagnosed, folder), "budgets", "Heating",
             "By all physics except surface fluxes and diffusion. Above: mean. Below: standard deviation of single steps in time and "
             "longitude. A network that predicts the conditional mean varies less than the teacher.",
             texts.diagnosed(comparison, "Standard deviation of heating, K per day", "heating_std_k_day")),
            (waves.energy_scatter(diagnosed, folder), "budgets", "Column energy",
             "Three-hourly heating of each column without radiation, against its moistening times the latent heat. On the line, "
             "enthalpy is conserved. Departures are freezing, melting, condensate that has not yet rained, or a scheme that loses energy.",
             texts.diagnosed(comparison, "Root mean square of the sum, W per m²", "column_energy", "residual_rms")),
            (physics.totals_series(diagnosed, constants, folder), "budgets", "Total energy and water of the air",
             "Daily global means of enthalpy, latent heat and kinetic energy, and of vapour.",
             texts.diagnosed(comparison, "Drift of the total energy, W per m²", "totals", "energy_drift_w_m2")),
        ]  # fmt: skip
    return numbered(drawn)


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
    found = comparison["diagnostics"]
    offline = link_between(target, Path(config.skill).parent / "report.html", f"{config.title}: comparison") if config.skill else ""
    return render(
        "comparison_report.html",
        target,
        ("paramnet.climate", "paramnet.evaluation"),
        title=config.title,
        comparison=comparison,
        aims=AIMS,
        runs=[*order, *(name for name in runs if name not in order)],
        labels=LABELS,
        members={role: names for role, names in comparison.get("members", {}).items() if len(names) > 1},
        names={row.name: row.long_name for row in (*FIELDS, *PHYSICS_FIELDS)},
        ended={name: run for name, run in comparison["runs"].items() if not run["complete"]},
        corrected={name: run for name, run in comparison["runs"].items() if run["summary"].get("learned_calls")},
        pictures=pictures,
        skill=config.offline,
        skill_report=offline,
        statistics=report_tables.statistics(found["runs"], rain_interval(found["runs"].values())),
        distances=report_tables.distances(found["distance_to_control"]),
        role_distances=report_tables.role_distances(found.get("role_distances", {}), comparison.get("members", {})),
        files=[
            ("comparison.json", "all numbers of this report"),
            ("comparison.nc" if (target.parent / "comparison.nc").is_file() else "", "fields and sums behind the figures"),
            ("figures", "the figures, one file each"),
            (offline, "offline skill of the scheme"),
            (_beside(offline, "skill.json"), "its numbers"),
            (_beside(offline, "skill.nc"), "the sums behind its figures"),
        ],
        rows=rows,
        baselines=[who for who in ("linear", "ensemble", "climatology") if any(f"{who}_mae" in row for row in rows.values())],
        provenance=config.provenance,
    )


def _beside(report: str, name: str) -> str:
    """Address of another file in the folder of a report; empty without one."""
    return report.removesuffix("report.html") + name if report else ""
