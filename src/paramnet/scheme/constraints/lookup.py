"""Find the variables of a constraint, with errors that list those of the contract."""

from __future__ import annotations

from paramnet.contract import Contract, ParamnetError, Variable, same_units

Columns = tuple[int, int]  # first and one past the last column of a variable


def _found(contract: Contract, variables: tuple[Variable, ...], name: str, constraint: str, role: str) -> Variable:
    for variable in variables:
        if variable.name == name:
            return variable
    raise ParamnetError(
        constraint,
        expected=f"an {role} of contract {contract.name} ({[v.name for v in variables]})",
        got=repr(name),
        remedy="correct `constraints`",
    )


def output_variable(contract: Contract, name: str, constraint: str) -> Variable:
    """An output of the contract. Raises ParamnetError listing all outputs for an unknown name."""
    return _found(contract, contract.outputs, name, constraint, "output")


def input_variable(contract: Contract, name: str, constraint: str) -> Variable:
    """An input of the contract. Raises ParamnetError listing all inputs for an unknown name."""
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


def output_heating(contract: Contract, name: str, constraint: str) -> Columns:
    """Columns of a heating by level in K s-1, which constraints multiply by the heat capacity; raises ParamnetError for any other."""
    columns, variable = output_profile(contract, name, constraint), output_variable(contract, name, constraint)
    if not same_units(variable.units, "K s-1"):
        raise ParamnetError(
            constraint,
            expected="a heating in 'K s-1'",
            got=f"{variable.name} in {variable.units!r}",
            remedy="give the contract the heating in K s-1 (divide by the heat capacity), or leave out the constraint",
        )
    return columns


def input_profile(contract: Contract, name: str, constraint: str) -> Columns:
    """Columns of an input with one value per level; raises ParamnetError for any other."""
    _require_profile(contract, input_variable(contract, name, constraint), constraint)
    columns = contract.input_columns[name]
    return columns.start, columns.stop


def _require_profile(contract: Contract, variable: Variable, constraint: str) -> None:
    if not variable.is_profile:
        raise ParamnetError(
            constraint,
            expected=f"a profile of {contract.n_levels} levels",
            got=f"the single-level {variable.name}",
            remedy="correct `constraints`",
        )


def constant(contract: Contract, name: str, constraint: str) -> float:
    """A constant of the contract. Raises ParamnetError listing all constants for an unknown name."""
    if name not in contract.constants:
        raise ParamnetError(
            constraint,
            expected=f"the constant {name}",
            got=str(sorted(contract.constants)),
            where=f"contract {contract.name}",
            remedy="add it to the contract",
        )
    return contract.constants[name]
