"""Numbers per tensor column that come with a network: normalization and ranges, from a text file or by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError, Variable
from paramnet.importing.cam_text import read_numbers


@dataclass
class Table:
    """One number per column of the tensor, said in one of three ways.

    ``file`` : text file of that many numbers in the contract's order, relative to the network's folder.
    ``values`` : by variable of the contract, one number or one per level (top first). ``constant`` : the same for all.
    """

    file: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    constant: float | None = None

    def __post_init__(self) -> None:
        given = [name for name, said in (("file", self.file), ("values", self.values), ("constant", self.constant is not None)) if said]
        if len(given) > 1:
            raise ParamnetError(f"table: expected one of file, values, constant, got {' and '.join(given)}; leave the others out")

    @property
    def given(self) -> bool:
        """Whether it says anything."""
        return bool(self.file or self.values or self.constant is not None)

    def numbers(self, key: str, variables: Sequence[Variable], columns: dict[str, slice], folder: Path) -> NDArray[np.float64]:
        """(column of the tensor), float64; ParamnetError naming ``key`` and what does not fit ``variables``."""
        width = max(part.stop for part in columns.values())
        if self.constant is not None:
            return np.full(width, float(self.constant))
        if self.file:
            return _checked(read_numbers(folder / self.file).ravel(), width, key, f"in {folder / self.file}")
        names = [variable.name for variable in variables]
        if sorted(self.values) != sorted(names):
            raise ParamnetError(f"{key}.values: expected the contract's variables {names}, got {sorted(self.values)}")
        parts = []
        for name in names:
            size = columns[name].stop - columns[name].start
            numbers = np.atleast_1d(np.asarray(self.values[name], dtype=np.float64))
            parts.append(_checked(np.repeat(numbers, size) if numbers.size == 1 else numbers, size, f"{key}.values.{name}", "given"))
        return np.concatenate(parts)


def _checked(numbers: NDArray[np.float64], width: int, key: str, where: str) -> NDArray[np.float64]:
    if numbers.size != width:
        raise ParamnetError(f"{key}: expected {width} numbers, one per column of the contract, got {numbers.size} {where}")
    if not np.isfinite(numbers).all():
        raise ParamnetError(f"{key}: expected finite numbers, got {numbers[~np.isfinite(numbers)][0]} {where}")
    return numbers
