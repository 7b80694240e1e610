"""Finding the variables a constraint speaks of, with an error that names what is there."""

from __future__ import annotations

from paramnet.contract import Contract, ParamnetError, Variable

Columns = tuple[int, int]  # first and one past the last column of a variable


def _found(contract: Contract, variables: tuple[Variable, ...], name: str, constraint: str, role: str) -> Variable:
    for variable in variables:
        if variable.name == name:
            return variable
    raise ParamnetError(
        f"{constraint}: expected an {role} of contract {contract.name} ({[v.name for v in variables]}), got {name!r}; mend `constraints`"
    )


def output_variable(contract: Contract, name: str, constraint: str) -> Variable:
    """An output of the contract; raises ParamnetError listing those there are."""
    return _found(contract, contract.outputs, name, constraint, "output")


def input_variable(contract: Contract, name: str, constraint: str) -> Variable:
    """An input of the contract; raises ParamnetError listing those there are."""
    return _found(contract, contract.inputs, name, constraint, "input")


def output_columns(contract: Contract, name: str, constraint: str) -> Columns:
    """Columns of an output, profile or not."""
    output_variable(contract, name, constraint)
    columns = contract.output_columns[name]
    return columns.start, columns.stop


def output_profile(contract: Contract, name: str, constraint: str) -> Columns:
    """Columns of an output with one value per level; raises ParamnetError for any other."""
    _require_profile(contract, output_variable(contract, name, constraint), constraint)
    return output_columns(contract, name, constraint)


def input_profile(contract: Contract, name: str, constraint: str) -> Columns:
    """Columns of an input with one value per level; raises ParamnetError for any other."""
    _require_profile(contract, input_variable(contract, name, constraint), constraint)
    columns = contract.input_columns[name]
    return columns.start, columns.stop


def _require_profile(contract: Contract, variable: Variable, constraint: str) -> None:
    if not variable.is_profile:
        raise ParamnetError(
            f"{constraint}: expected a profile of {contract.n_levels} levels, got {variable.name} of one; mend `constraints`"
        )


def constant(contract: Contract, name: str, constraint: str) -> float:
    """A constant of the contract; raises ParamnetError listing those there are."""
    if name not in contract.constants:
        raise ParamnetError(f"{constraint}: expected {name} among the constants of contract {contract.name} ({sorted(contract.constants)})")
    return contract.constants[name]
