"""Inputs and outputs of a scheme: variables, units, signs, time levels, vertical grid, positions in the tensors."""

from paramnet.contract.contract import Contract
from paramnet.contract.errors import ContractMismatch, ParamnetError, install_extra, require, visible
from paramnet.contract.fields import Fields, parse_json, reading, short
from paramnet.contract.grid import LevelCoordinate, VerticalGrid
from paramnet.contract.memory import STEPS_BACK, Remembered, remembered
from paramnet.contract.roles import require_roles
from paramnet.contract.unit_grammar import parse_units
from paramnet.contract.units import Conversion, conversion, same_units, si_units
from paramnet.contract.variable import EnergyConversion, Variable

__all__ = [
    "STEPS_BACK",
    "Contract",
    "ContractMismatch",
    "Conversion",
    "EnergyConversion",
    "Fields",
    "LevelCoordinate",
    "ParamnetError",
    "Remembered",
    "Variable",
    "VerticalGrid",
    "conversion",
    "install_extra",
    "parse_json",
    "parse_units",
    "reading",
    "remembered",
    "require",
    "require_roles",
    "same_units",
    "short",
    "si_units",
    "visible",
]
