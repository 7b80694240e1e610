"""Build constraints from their configuration."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from paramnet.contract import Contract, require_roles
from paramnet.parts import Parts
from paramnet.scheme.constraints.closure import ColumnEnthalpyClosure, ColumnWaterClosure
from paramnet.scheme.constraints.flux_closure import ColumnEnergyClosure, ColumnWaterFluxClosure
from paramnet.scheme.constraints.phase import LiquidIcePartition
from paramnet.scheme.constraints.sign import NonNegative, PhysicalRange
from paramnet.scheme.constraints.taper import UpperLevelTaper
from paramnet.scheme.constraints.water import NonNegativeWater

CLOSURE_KINDS: dict[str, type[nn.Module]] = {
    "column_water_closure": ColumnWaterClosure,
    "column_enthalpy_closure": ColumnEnthalpyClosure,
    "column_water_flux_closure": ColumnWaterFluxClosure,
    "column_energy_closure": ColumnEnergyClosure,
}
_SHIPPED: dict[str, type[nn.Module]] = {
    "non_negative": NonNegative,
    "physical_range": PhysicalRange,
    "upper_level_taper": UpperLevelTaper,
    "liquid_ice_partition": LiquidIcePartition,
    "non_negative_water": NonNegativeWater,
    **CLOSURE_KINDS,
}
CONSTRAINT_KINDS = Parts("constraints", nn.Module, _SHIPPED)


@dataclass
class ConstraintConfig:
    """One constraint: its kind, contract variables by role (``tendency: specific_humidity_tendency``), settings by name
    (``zero_above: 1.0e4``). All are listed in docs/reference/physics_layers.md."""

    kind: str
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_roles("constraints", self.kind, CONSTRAINT_KINDS, self.variables, self.settings)


def build_constraint(config: ConstraintConfig, contract: Contract) -> nn.Module:
    """Build the constraint layer. Raises ParamnetError for a variable the contract does not have."""
    layer: nn.Module = CONSTRAINT_KINDS[config.kind](contract, **config.variables, **config.settings)
    return layer
