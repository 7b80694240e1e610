"""Linear response of a scheme to temperature and humidity of the column, and its growing modes.

With x = (cp T, Lv q) of all levels and all else fixed, a small departure from a base state follows dx/dt = M x, where M is the
Jacobian of the scheme's heating and moistening at that state (Kuang 2010, J. Atmos. Sci. 67, 941). An eigenvalue with a positive
real part is a mode that grows by the scheme alone. Dynamics are not included: waves, radiation and the surface of a host can damp
a mode or excite others (Brenowitz et al. 2020, J. Atmos. Sci. 77, 4357, couple M to gravity waves). Eigenvalues do not depend on
the scaling of x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import STEPS_BACK, Contract, Variable
from paramnet.physics.column import layer_mass
from paramnet.physics.constants import SECONDS_PER_DAY
from paramnet.physics.energy import energy_per_unit
from paramnet.physics.thermodynamics import moist_static_energy, relative_humidity_over_liquid_and_ice

__all__ = ["GROWING", "Modes", "linear_response", "modes", "why_not"]

Floats = NDArray[np.float64]
GROWING = 0.01  # per day, an e-folding time of 100 days; slower growth cannot be distinguished from rounding
_CONSTANTS = ("specific_heat_of_dry_air", "latent_heat_of_vaporization", "gravity")
_STEP = 1e-3  # K


@dataclass(frozen=True)
class Modes:
    """Eigenvalues of one linear response : (2 level), day-1, in order of decreasing growth, and the structure of the first mode.

    ``temperature``, ``humidity`` : (level), T and Lv q / cp in K, complex, scaled so that the largest value of both is exactly 1.
    """

    eigenvalues: NDArray[np.complex128]
    temperature: NDArray[np.complex128]
    humidity: NDArray[np.complex128]

    @property
    def growth_rate(self) -> float:
        """Largest real part, day-1; negative if every mode decays."""
        return float(self.eigenvalues[0].real)

    @property
    def growing(self) -> int:
        """Number of modes that grow faster than GROWING."""
        return int(np.count_nonzero(self.eigenvalues.real > GROWING))

    def to_plain(self) -> dict[str, Any]:
        """Numbers for JSON; None for an infinite time."""
        frequency = abs(float(self.eigenvalues[0].imag))
        return {
            "growth_rate": self.growth_rate,
            "e_folding_days": 1.0 / self.growth_rate if self.growth_rate > 0 else None,
            "period_days": 2.0 * np.pi / frequency if frequency > 0 else None,
            "growing_modes": self.growing,
            "fastest_decay": float(self.eigenvalues.real.min()),
        }


def why_not(contract: Contract) -> str:
    """Return why a contract has no linear response of temperature and humidity; "" if it has one."""
    names = {variable.standard_name for variable in _present(contract)}
    missing = [] if "air_temperature" in names else ["the input air_temperature by level"]
    missing += [] if {"specific_humidity", "relative_humidity"} & names else ["an input of humidity by level"]
    missing += [] if any(map(_heats, contract.outputs)) else ["a heating by level"]
    missing += [] if any(map(_moistens, contract.outputs)) else ["a tendency of specific humidity by level"]
    missing += [] if contract.has_mass else ["levels by pressure with the surface pressure"]
    missing += [f"the constant {name}" for name in _CONSTANTS if name not in contract.constants]
    return f"the contract lacks {', '.join(missing)}" if missing else ""


def linear_response(contract: Contract, inputs: Floats, gradients: Floats) -> Floats:
    """M of each column : (column, 2 level, 2 level), day-1, for the state (cp T, Lv q), from the top down.

    inputs : (column, n_in), base states in contract units; gradients : (column, n_out, n_in), the scheme's Jacobian there. Several
    heatings or moistenings are summed. Inputs derived from temperature and humidity (relative humidity over liquid and ice, moist
    static energy) change with them; all others, and those of earlier steps, do not. Requires ``why_not(contract)`` to be "".
    """
    levels, constants = contract.n_levels, contract.constants
    per_unit, mass_weighted = energy_per_unit(contract)
    mass = layer_mass(contract, inputs[:, contract.input_columns[contract.surface_pressure_name].start])
    rates = np.zeros((len(inputs), 2 * levels, contract.n_in))
    for variable in contract.outputs:
        if _heats(variable) or _moistens(variable):
            columns, rows = contract.output_columns[variable.name], slice(0, levels) if _heats(variable) else slice(levels, None)
            energy = per_unit[columns] if mass_weighted[columns.start] else per_unit[columns] / mass
            rates[:, rows] += gradients[:, columns] * np.broadcast_to(energy, mass.shape)[:, :, None]
    scale = np.repeat([constants["specific_heat_of_dry_air"], constants["latent_heat_of_vaporization"]], levels)
    return SECONDS_PER_DAY * (rates @ _state_in_inputs(contract, inputs)) / scale


def modes(matrix: Floats, contract: Contract) -> Modes | None:
    """Eigenvalues of one linear response : (2 level, 2 level), day-1, and its fastest mode; None if it is not finite."""
    if not np.isfinite(matrix).all():
        return None
    try:
        values, vectors = np.linalg.eig(matrix)
    except np.linalg.LinAlgError:  # overflow
        return None
    if not np.isfinite(values).all():
        return None
    # Of a complex pair, the one that rotates forward in time.
    order = np.lexsort((-values.imag, -values.real))
    fastest = vectors[:, order[0]] / contract.constants["specific_heat_of_dry_air"]
    peak = fastest[np.argmax(np.abs(fastest))]
    temperature, humidity = np.split((fastest / peak).astype(np.complex128), 2)
    return Modes(values[order].astype(np.complex128), temperature, humidity)


def _present(contract: Contract) -> list[Variable]:
    """Input profiles that are not from an earlier step."""
    return [variable for variable in contract.inputs if variable.is_profile and variable.time_level not in STEPS_BACK]


def _heats(variable: Variable) -> bool:
    if not variable.is_profile or variable.energy is None:
        return False
    return variable.energy.factor == "heat" or variable.standard_name.startswith("tendency_of_air_temperature")


def _moistens(variable: Variable) -> bool:
    return (
        variable.is_profile
        and variable.energy is not None
        and variable.standard_name.startswith("tendency_of_specific_humidity")
        and "precipitation" not in variable.standard_name  # production of rain is already part of the moistening
    )


def _state_in_inputs(contract: Contract, inputs: Floats) -> Floats:
    """Derivatives of the inputs by temperature and humidity : (column, n_in, 2 level), contract units per K and kg kg-1."""
    levels = contract.n_levels
    temperature, humidity, pressure = _base_state(contract, inputs)
    result, diagonal = np.zeros((len(inputs), contract.n_in, 2 * levels)), np.arange(levels)
    for variable in _present(contract):
        here = contract.input_columns[variable.name].start + diagonal
        if variable.standard_name == "air_temperature":
            result[:, here, diagonal] = 1.0
        elif variable.standard_name == "specific_humidity":
            result[:, here, levels + diagonal] = 1.0
        elif variable.standard_name == "relative_humidity":
            colder, warmer = (
                relative_humidity_over_liquid_and_ice(contract, temperature + step, humidity, pressure) for step in (-_STEP, _STEP)
            )
            result[:, here, diagonal] = (warmer - colder) / (2.0 * _STEP)
            result[:, here, levels + diagonal] = relative_humidity_over_liquid_and_ice(contract, temperature, 1.0, pressure)
        elif variable.standard_name == "moist_static_energy":
            result[:, here] = _energy_by_state(contract, inputs, temperature, humidity)
    return result


def _base_state(contract: Contract, inputs: Floats) -> tuple[Floats, Floats, Floats]:
    """Temperature, specific humidity and pressure of each level : (column, level), K, kg kg-1, Pa."""
    columns = {variable.standard_name: contract.input_columns[variable.name] for variable in reversed(_present(contract))}
    temperature = inputs[:, columns["air_temperature"]]
    pressure = contract.vertical_grid.pressure(inputs[:, contract.input_columns[contract.surface_pressure_name].start])
    if "specific_humidity" in columns:
        return temperature, inputs[:, columns["specific_humidity"]], pressure
    per_humidity = relative_humidity_over_liquid_and_ice(contract, temperature, 1.0, pressure)
    return temperature, inputs[:, columns["relative_humidity"]] / per_humidity, pressure


def _energy_by_state(contract: Contract, inputs: Floats, temperature: Floats, humidity: Floats) -> Floats:
    """Derivatives of moist static energy by temperature and humidity : (column, level, 2 level), with changes of height.

    Exact, as moist static energy is bilinear in both.
    """
    surface = inputs[:, contract.input_columns[contract.surface_pressure_name].start]
    state = np.concatenate([temperature, humidity], axis=1)
    step = np.repeat([1.0, 1e-3], contract.n_levels)

    def energy(change: Floats) -> Floats:
        warmth, vapour = np.split(state + change, 2, axis=1)
        return moist_static_energy(contract, warmth, vapour, surface)

    sides = [(energy(change) - energy(-change)) / (2.0 * change.sum()) for change in np.diag(step)]
    return np.stack(sides, axis=2)
