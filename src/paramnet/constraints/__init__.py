"""Physical constraints that hold by construction: one small class per law, applied to outputs in contract units."""

from paramnet.constraints.build import CLOSURE_KINDS, CONSTRAINT_KINDS, ConstraintConfig, build_constraint
from paramnet.constraints.closure import ColumnEnthalpyClosure, ColumnWaterClosure
from paramnet.constraints.flux_closure import ColumnEnergyClosure, ColumnWaterFluxClosure
from paramnet.constraints.mass import LayerMass
from paramnet.constraints.phase import LiquidIcePartition
from paramnet.constraints.sign import NonNegative, PhysicalRange
from paramnet.constraints.taper import UpperLevelTaper
from paramnet.constraints.water import NonNegativeWater

__all__ = [
    "CLOSURE_KINDS",
    "CONSTRAINT_KINDS",
    "ColumnEnergyClosure",
    "ColumnEnthalpyClosure",
    "ColumnWaterClosure",
    "ColumnWaterFluxClosure",
    "ConstraintConfig",
    "LayerMass",
    "LiquidIcePartition",
    "NonNegative",
    "NonNegativeWater",
    "PhysicalRange",
    "UpperLevelTaper",
    "build_constraint",
]
