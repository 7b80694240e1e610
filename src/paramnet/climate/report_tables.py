"""Tables of the comparison's report: diagnostics of each run, and distances to the control."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from paramnet.climate.diagnostics import FLUXES

# name -> (label, units)
DISTANCES = {name: (label, "W/m²") for name, label in FLUXES.items()} | {
    "heating_std_k_day": ("standard deviation of heating", "K/day"),
    "wave_power_log10": ("spectrum of tropical rain", "log₁₀"),
}


@dataclass(frozen=True)
class Table:
    """headings : of the columns, without that of the rows. rows : (label, values, units)."""

    headings: list[str]
    rows: list[tuple[str, list[float | None], str]]


def statistics(found: dict[str, dict[str, Any]], interval: str) -> Table:
    """Diagnostics by run; a statistic that no run has is left out. interval : adjective of the shorter means of rain."""
    places: dict[str, tuple[str, ...]] = {
        "rain band, °N": ("itcz", "position"),
        "its width, °": ("itcz", "width"),
        "drift of energy, W m⁻²": ("totals", "energy_drift_w_m2"),
        "drift of water, mm day⁻¹": ("totals", "water_drift_mm_day"),
        "heating, standard deviation, K day⁻¹": ("heating_std_k_day",),
        f"{interval} rain, 99.9 %, mm day⁻¹": ("rain", "percentiles_mm_day", "99.9"),
        "99.99 %, mm day⁻¹": ("rain", "percentiles_mm_day", "99.99"),
        "Kelvin waves ÷ background": ("waves", "kelvin_signal"),
        "column heating + moistening, mean, W m⁻²": ("column_energy", "residual_mean"),
        "its rms, W m⁻²": ("column_energy", "residual_rms"),
    }
    values = {heading: {run: _at(one, place) for run, one in found.items()} for heading, place in places.items()}
    known = {heading: its for heading, its in values.items() if any(value is not None for value in its.values())}
    return Table(list(known), [(run, [its[run] for its in known.values()], "") for run in found])


def distances(found: dict[str, dict[str, float]]) -> Table:
    """Distance of each run to the control, by quantity."""
    runs = list(dict.fromkeys(run for row in found.values() for run in row))
    return Table(runs, [(DISTANCES[name][0], [row.get(run) for run in runs], DISTANCES[name][1]) for name, row in found.items()])


def role_distances(found: dict[str, Any], roles: Iterable[str]) -> list[tuple[str, list[Any], str]]:
    """Distance by role (label, values, units), in the order of DISTANCES."""
    return [(label, [found[name].get(role) for role in roles], units) for name, (label, units) in DISTANCES.items() if name in found]


def _at(values: Any, place: tuple[str, ...]) -> float | None:
    for key in place:
        values = values[key] if values is not None else None
    return values  # type: ignore[no-any-return]
