"""What the compared fields are called in CF files, and the units in which they are compared."""

from __future__ import annotations

from paramnet.contract import Conversion, ParamnetError, conversion

_WATER, _ENERGY = "kg m-2 s-1", "W m-2"
DENSITY_OF_WATER = 1000.0  # kg m-3, by which CF defines a liquid water equivalent
UNITS = {
    "air_temperature": "K",
    "specific_humidity": "kg kg-1",
    "eastward_wind": "m s-1",
    "northward_wind": "m s-1",
    "precipitation_flux": _WATER,
    "convective_precipitation_flux": _WATER,
    "water_evaporation_flux": _WATER,
    "atmosphere_mass_content_of_water_vapor": "kg m-2",
    "toa_outgoing_longwave_flux": _ENERGY,
    "toa_net_downward_shortwave_flux": _ENERGY,
    "cloud_area_fraction": "1",
    "surface_temperature": "K",
    "surface_net_downward_shortwave_flux": _ENERGY,
    "surface_net_downward_longwave_flux": _ENERGY,
    "surface_upward_sensible_heat_flux": _ENERGY,
    "surface_upward_latent_heat_flux": _ENERGY,
    "atmosphere_enthalpy_content": "J m-2",
    "atmosphere_kinetic_energy_content": "J m-2",
    "heating_by_physics": "K s-1",
    "moistening_by_physics": "kg kg-1 s-1",
    "square_of_heating_by_physics": "K2 s-2",
    "column_heating_by_physics": _ENERGY,
    "column_moistening_by_physics": _ENERGY,
    "radiative_flux_convergence": _ENERGY,
}
ON_LEVELS = frozenset(
    [
        *("air_temperature", "specific_humidity", "eastward_wind", "northward_wind"),
        *("heating_by_physics", "moistening_by_physics", "square_of_heating_by_physics"),
    ]
)
# Other standard names of the same quantity; a liquid water equivalent is converted by the density of water.
ALIASES = {
    "precipitation_flux": ("lwe_precipitation_rate",),
    "convective_precipitation_flux": ("lwe_convective_precipitation_rate",),
    "water_evaporation_flux": ("water_evapotranspiration_flux", "lwe_water_evaporation_rate"),
    "atmosphere_mass_content_of_water_vapor": ("atmosphere_water_vapor_content",),
}


def standard_names(field: str) -> tuple[str, ...]:
    """Standard names that a variable of this field may have."""
    return (field, *ALIASES.get(field, ()))


def to_compared_units(field: str, units: str, variable: str, where: str) -> Conversion:
    """Conversion of a variable to the units of ``UNITS``. Raises ParamnetError naming variable and file if there is none."""
    wanted = UNITS[field]
    try:
        try:
            return conversion(units, wanted, variable)
        except ParamnetError:
            if wanted != _WATER:
                raise
            velocity = conversion(units, "m s-1", variable)
            return Conversion(velocity.factor * DENSITY_OF_WATER, 0.0)
    except ParamnetError as error:
        expected = f"units convertible to {wanted!r}"
        remedy = f"set units.{variable}=… if the file is wrong, or names.{field}=… to use another variable"
        raise ParamnetError(variable, expected=expected, got=repr(units), where=where, remedy=remedy) from error
