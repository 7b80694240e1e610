"""Check of the shapes of a store's arrays against its contract."""

from __future__ import annotations

from pathlib import Path

from paramnet.contract import Contract
from paramnet.store.errors import AGAIN, StoreError
from paramnet.store.record import split_layouts


def require_shapes(contract: Contract, sequence: object, path: Path) -> None:
    """Raise StoreError unless the arrays have the contract's columns, and each split a whole number of sequences."""
    if type(sequence) is not int or sequence < 1:
        raise StoreError("sequence", expected="a number of steps, 1 or more", got=repr(sequence), where=f"store {path}", remedy=AGAIN)
    if not (contract.n_in and contract.n_out):
        raise StoreError(
            f"store {path}",
            expected="a contract with inputs and outputs",
            got=f"{contract.n_in} and {contract.n_out} columns",
            remedy="preprocess again",
        )
    shapes = {layout.name: layout.shape for layout in split_layouts(path)}
    for name, got in shapes.items():
        split, _, array = name.partition("/")
        samples = shapes[f"{split}/inputs"][0]
        expected = {"inputs": (samples, contract.n_in), "outputs": (samples, contract.n_out)}.get(array, (samples,))
        if got != expected:
            raise StoreError(f"array {name}", expected=f"shape {expected}", got=str(got), where=f"store {path}", remedy="preprocess again")
        if samples % sequence:
            whole = f"a multiple of {sequence} samples, as its sequences have {sequence} steps"
            raise StoreError(f"array {name}", expected=whole, got=str(samples), where=f"store {path}", remedy=AGAIN)
