"""Physics the scheme obeys by construction: one law, one small class, applied to outputs in contract units."""

from paramnet.constraints.build import CONSTRAINT_KINDS, ConstraintConfig, build_constraint
from paramnet.constraints.closure import ColumnEnthalpyClosure, ColumnWaterClosure
from paramnet.constraints.mass import LayerMass
from paramnet.constraints.sign import NonNegative

__all__ = [
    "CONSTRAINT_KINDS",
    "ColumnEnthalpyClosure",
    "ColumnWaterClosure",
    "ConstraintConfig",
    "LayerMass",
    "NonNegative",
    "build_constraint",
]
