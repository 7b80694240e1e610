"""Packing of contract variables into tensor columns, and the check of all values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Variable
from paramnet.files import stored


@stored
@dataclass(frozen=True)
class Finding:
    """Values of one variable that are not finite or outside its valid range: their number, and the first (level -1: no profile)."""

    variable: str
    units: str
    valid_range: tuple[float, float]
    values: int
    total: int
    first_value: float
    step: int
    column: int
    level: int

    @property
    def expected(self) -> str:
        """The valid values."""
        return f"finite values within {list(self.valid_range)} {self.units}"

    @property
    def got(self) -> str:
        """Number of invalid values, and the first of them."""
        level = f", level {self.level}" if self.level >= 0 else ""
        first = "missing: nan or a fill value" if np.isnan(self.first_value) else f"{self.first_value:.6g}"
        return f"{self.values} of {self.total} outside (first {first} at column {self.column}{level})"

    def __str__(self) -> str:
        return f"{self.variable}: expected {self.expected}, got {self.got}"


def pack(fields: Mapping[str, NDArray], variables: Sequence[Variable], columns: dict[str, slice], out: NDArray[np.float32]) -> None:
    """Write ``variables`` of a block into ``out`` (step, column, width), each at its ``columns``."""
    for variable in variables:
        values = fields[variable.name]
        out[..., columns[variable.name]] = values.swapaxes(1, 2) if variable.is_profile else values[..., None]


def validate(
    fields: Mapping[str, NDArray], variables: Sequence[Variable], wanted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return the mask of valid samples (step, column) and the findings on invalid ones; only ``wanted`` samples are examined."""
    first_field = fields[variables[0].name]
    valid = np.ones((first_field.shape[0], first_field.shape[-1]), dtype=bool)
    findings = []
    for variable in variables:
        values = fields[variable.name]
        low, high = variable.valid_range
        if low <= values.min() and values.max() <= high:  # also false for NaN
            continue
        good = (values >= low) & (values <= high)
        if wanted is not None:
            good |= ~(wanted[:, None] if variable.is_profile else wanted)
            if good.all():
                continue
        first = np.unravel_index(int(np.argmin(good)), good.shape)
        findings.append(
            Finding(
                variable.name,
                variable.units,
                variable.valid_range,
                int((~good).sum()),
                good.size,
                float(values[first]),
                int(first[0]),
                int(first[-1]),
                int(first[1]) if variable.is_profile else -1,
            )
        )
        valid &= good.all(axis=1) if variable.is_profile else good
    return valid, findings
