"""Physical constraints that hold by construction: one small class per law, applied to outputs in contract units."""

from paramnet.scheme.constraints.build import CLOSURE_KINDS, CONSTRAINT_KINDS, ConstraintConfig, build_constraint
from paramnet.scheme.constraints.closure import ColumnEnthalpyClosure, ColumnWaterClosure
from paramnet.scheme.constraints.flux_closure import ColumnEnergyClosure, ColumnWaterFluxClosure
from paramnet.scheme.constraints.mass import LayerMass
from paramnet.scheme.constraints.phase import LiquidIcePartition
from paramnet.scheme.constraints.sign import NonNegative, PhysicalRange
from paramnet.scheme.constraints.taper import UpperLevelTaper
from paramnet.scheme.constraints.water import NonNegativeWater

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
