"""Argument lists of a CCPP scheme's three entries. Fortran and .meta are generated from the same list."""

from __future__ import annotations

import re
from dataclasses import dataclass

from paramnet.contract import Contract, ParamnetError, Variable, same_units

ENTHALPY_TENDENCY = "tendency_of_dry_air_enthalpy_at_constant_pressure"
SPECIFIC_HEAT = "specific_heat_of_dry_air"
_CONSTITUENT = re.compile(r"(tendency_of_)?\w+_mixing_ratio_wrt_(moist_air_and_condensed_water|moist_air|dry_air)$")


@dataclass
class CcppConstant:
    """A constant of the host: CCPP standard name and units."""

    standard_name: str
    units: str


@dataclass(frozen=True)
class Argument:
    """One argument of an entry. ``rank`` 0 to 2: scalar, (column), (column, level). ``variable`` : its variable in the contract, if any."""

    name: str
    standard_name: str
    units: str
    type: str = "real"
    kind: str = "kind_phys"
    rank: int = 0
    intent: str = "in"
    variable: Variable | None = None

    @property
    def dimensions(self) -> str:
        """Dimensions in the .meta."""
        return ", ".join(("horizontal_loop_extent", "vertical_layer_dimension")[: self.rank])

    @property
    def declaration(self) -> str:
        """Fortran declaration."""
        types = {"real": "real(kind_phys)", "character": f"character({self.kind})"}
        target = ", target" if self.rank and self.variable else ""
        shape = {0: "", 1: "(:)", 2: "(:, :)"}[self.rank]
        return f"{types.get(self.type, self.type)}{target}, intent({self.intent}) :: {self.name}{shape}"

    @property
    def heats(self) -> bool:
        """True if the contract has K s-1 and CCPP J kg-1 s-1."""
        return self.variable is not None and self.units != self.variable.units

    @property
    def constituent(self) -> str:
        """.meta line of a water species (``advected``) or of its tendency (``constituent``); "" otherwise."""
        match = _CONSTITUENT.match(self.standard_name)
        return "" if not match else "constituent = true" if match[1] else "advected = true"


ERRORS = (
    Argument("errmsg", "ccpp_error_message", "none", "character", "len=512", intent="out"),
    Argument("errflg", "ccpp_error_code", "1", "integer", "", intent="out"),
)
LEVELS = Argument("pver", "vertical_layer_dimension", "count", "integer", "")


def init_arguments(contract: Contract, scheme: str, constants: dict[str, CcppConstant]) -> list[Argument]:
    """``_init``: values of the namelist, the number of levels, and every constant known to both sides."""
    known = [Argument(name, constants[name].standard_name, constants[name].units) for name in contract.constants if name in constants]
    return [
        Argument("scheme_file", f"filename_of_{scheme}", "none", "character", "len=*"),
        Argument("device", f"device_of_{scheme}", "none", "character", "len=*"),
        Argument("fallback_limit", f"largest_fraction_of_columns_without_{scheme}", "fraction"),
        LEVELS,
        *known,
        *ERRORS,
    ]


def run_arguments(contract: Contract, scheme: str, names: dict[str, str], constants: dict[str, CcppConstant]) -> list[Argument]:
    """``_run``: inputs and outputs of the contract, pressures and time step (checked once), and a flag per column."""
    inputs = [_carrier(variable, names, "in") for variable in contract.inputs]
    outputs = [_carrier(variable, names, "out") for variable in contract.outputs]
    _require_distinct(contract, [*inputs, *outputs])
    heats = any(output.heats for output in outputs)
    heat = constants.get(SPECIFIC_HEAT)
    if heats and heat is None:
        raise ParamnetError(
            f"constants.{SPECIFIC_HEAT}",
            expected="its CCPP standard name and units, for heating in J kg-1 s-1",
            got=f"only {', '.join(sorted(constants))}" if constants else "no constants",
            remedy="add it to constants",
        )
    return [
        Argument("ncol", "horizontal_loop_extent", "count", "integer", ""),
        *([LEVELS] if heats else []),
        Argument("timestep", "timestep_for_physics", "s"),
        Argument("air_pressure", "air_pressure", "Pa", rank=2),
        *inputs,
        *([Argument(SPECIFIC_HEAT, heat.standard_name, heat.units)] if heats and heat else []),
        *outputs,
        Argument("column_flags", f"column_flags_of_{scheme}", "1", "integer", "", rank=1, intent="out"),
        *ERRORS,
    ]


def final_arguments() -> list[Argument]:
    """``_final``: the unit to which the counts of the run are written."""
    return [
        Argument("is_root", "flag_for_mpi_root", "flag", "logical", ""),
        Argument("log_unit", "log_output_unit", "1", "integer", ""),
        *ERRORS,
    ]


def _carrier(variable: Variable, names: dict[str, str], intent: str) -> Argument:
    heats = variable.energy is not None and variable.energy.factor == "heat" and same_units(variable.units, "K s-1")
    by_standard_name = names.get(variable.standard_name, ENTHALPY_TENDENCY if heats else variable.standard_name)
    standard_name = names.get(variable.name, by_standard_name)
    return Argument(
        name="tendency_of_dry_air_enthalpy" if heats else variable.name,
        standard_name=standard_name,
        units="J kg-1 s-1" if heats else variable.units,
        rank=2 if variable.is_profile else 1,
        intent=intent,
        variable=variable,
    )


def _require_distinct(contract: Contract, arguments: list[Argument]) -> None:
    for label in ("name", "standard_name"):
        given = [getattr(argument, label) for argument in arguments]
        repeated = sorted({value for value in given if given.count(value) > 1})
        if repeated:
            raise ParamnetError(
                f"ccpp, {label}",
                expected="a different one for each variable",
                got=f"{', '.join(repeated)} more than once",
                where=f"contract {contract.name}",
                remedy="set names.<variable>=<CCPP standard name>",
            )
