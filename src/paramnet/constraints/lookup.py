"""Finding the variables a constraint speaks of, with an error that names what is there."""

from __future__ import annotations

from paramnet.contract import Contract, ParamnetError


def output_slice(contract: Contract, name: str, constraint: str) -> slice:
    """Columns of an output; raises ParamnetError listing the contract's outputs."""
    if name not in contract.output_columns:
        raise ParamnetError(
            f"{constraint}: expected an output of contract {contract.name} ({list(contract.output_columns)}), got {name!r}; "
            f"mend conf/constraints"
        )
    return contract.output_columns[name]


def input_slice(contract: Contract, name: str, constraint: str) -> slice:
    """Columns of an input; raises ParamnetError listing the contract's inputs."""
    if name not in contract.input_columns:
        raise ParamnetError(
            f"{constraint}: expected an input of contract {contract.name} ({list(contract.input_columns)}), got {name!r}; "
            f"mend conf/constraints"
        )
    return contract.input_columns[name]


def require_profile(contract: Contract, columns: slice, name: str, constraint: str) -> None:
    """Raise ParamnetError unless the columns are one value per level."""
    if columns.stop - columns.start != contract.n_levels:
        raise ParamnetError(f"{constraint}: expected a profile of {contract.n_levels} levels, got {name} of {columns.stop - columns.start}")
