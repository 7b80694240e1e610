"""Column masses, energy units and saturation: formulas shared by all packages."""

from paramnet.physics.column import column_integral, layer_mass
from paramnet.physics.energy import energy_per_unit, to_watts_per_square_metre
from paramnet.physics.thermodynamics import (
    mixed_phase_relative_humidity,
    moist_static_energy,
    relative_humidity,
    saturation_specific_humidity,
)
from paramnet.physics.water import DENSITY_OF_WATER, watts_per_unit

__all__ = [
    "DENSITY_OF_WATER",
    "column_integral",
    "energy_per_unit",
    "layer_mass",
    "mixed_phase_relative_humidity",
    "moist_static_energy",
    "relative_humidity",
    "saturation_specific_humidity",
    "to_watts_per_square_metre",
    "watts_per_unit",
]
