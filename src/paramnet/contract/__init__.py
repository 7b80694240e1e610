"""Inputs and outputs of a scheme: variables, units, signs, time levels, vertical grid, positions in the tensors."""

from paramnet.contract.contract import Contract
from paramnet.contract.errors import ContractMismatch, ParamnetError, require, visible
from paramnet.contract.fields import Fields, parse_json, reading
from paramnet.contract.grid import VerticalGrid
from paramnet.contract.memory import Remembered, remembered
from paramnet.contract.variable import EnergyConversion, Variable

__all__ = [
    "Contract",
    "ContractMismatch",
    "EnergyConversion",
    "Fields",
    "ParamnetError",
    "Remembered",
    "Variable",
    "VerticalGrid",
    "parse_json",
    "reading",
    "remembered",
    "require",
    "visible",
]
