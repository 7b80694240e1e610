"""Column masses, energy units and humidity: formulas shared by all packages. ``saturation`` needs torch and is not imported here."""

from paramnet.physics.column import layer_mass
from paramnet.physics.constants import REFERENCE_PRESSURE, SECONDS_PER_DAY
from paramnet.physics.energy import energy_per_unit, heat_of_fusion, to_watts_per_square_metre
from paramnet.physics.thermodynamics import (
    gas_constants,
    moist_static_energy,
    relative_humidity_over_liquid_and_ice,
)
from paramnet.physics.water import DENSITY_OF_WATER, watts_per_unit

__all__ = [
    "DENSITY_OF_WATER",
    "REFERENCE_PRESSURE",
    "SECONDS_PER_DAY",
    "energy_per_unit",
    "gas_constants",
    "heat_of_fusion",
    "layer_mass",
    "moist_static_energy",
    "relative_humidity_over_liquid_and_ice",
    "to_watts_per_square_metre",
    "watts_per_unit",
]
