"""Numbers stated by an attribute, converted to the type of the data they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError


@dataclass(frozen=True)
class Stated:
    """The numbers of the attribute ``key`` of a variable, as Python integers or floats; ``floating`` if any of them is a float.

    where : the file, for errors.
    """

    variable: str
    key: str
    numbers: tuple[int | float, ...]
    floating: bool
    where: str

    def fills(self, dtype: np.dtype, read_dtype: np.dtype) -> list[Any]:
        """Return fill values (``dtype`` as stored, ``read_dtype`` as read). Raise ParamnetError if the type cannot hold one."""
        return [self._converted(number, dtype, read_dtype) for number in self.numbers]

    def limits(self, dtype: np.dtype, read_dtype: np.dtype, count: int) -> list[Any]:
        """Return ``count`` limits. A limit beyond the range of the type has no effect; a fractional limit of integers is kept."""
        if len(self.numbers) != count:
            raise self._fault(f"{count} value{'s' * (count > 1)}", str(len(self.numbers)))
        return [self._limit(number, dtype, read_dtype) for number in self.numbers]

    def missing_of_unpacked(self, unpacked: NDArray) -> NDArray[np.bool_]:
        """Return the mask of missing values if the attribute refers to unpacked values."""
        missing = np.zeros(unpacked.shape, dtype=bool)
        if self.is_fill:
            for number in self.numbers:
                missing |= unpacked == (unpacked.dtype.type(number) if unpacked.dtype.kind == "f" else number)
            return missing
        if self.key != "valid_max":
            missing |= unpacked < self.numbers[0]
        if self.key != "valid_min":
            missing |= unpacked > self.numbers[-1]
        return missing

    @property
    def is_fill(self) -> bool:
        """True if the attribute gives fill values, False if it gives limits."""
        return self.key in ("_FillValue", "missing_value")

    def ambiguous(self) -> ParamnetError:
        """The error if packed and unpacked values give different masks."""
        return self._fault(
            "the type of the packed data, or numbers that mean the same for packed and unpacked data", f"{list(self.numbers)}"
        )

    def _converted(self, number: int | float, dtype: np.dtype, read_dtype: np.dtype) -> Any:
        if dtype.kind == "f":
            with np.errstate(over="ignore"):
                value = dtype.type(number)
            if np.isfinite(value) or not np.isfinite(number):
                return value
        elif np.isfinite(number) and number == int(number):
            for kind in (dtype, read_dtype):
                if np.iinfo(kind).min <= number <= np.iinfo(kind).max:
                    return np.array(int(number), dtype=kind).view(read_dtype)[()]
        raise self._fault(f"a value that {read_dtype} can hold", repr(number))

    def _limit(self, number: int | float, dtype: np.dtype, read_dtype: np.dtype) -> Any:
        try:
            return self._converted(number, dtype, read_dtype)
        except ParamnetError:
            return np.float64(number)  # compared as numbers; a limit of NaN has no effect

    def _fault(self, expected: str, got: str) -> ParamnetError:
        return fault(f"{self.variable}:{self.key}", expected, got, self.where, self.key)


def stated(variable: Any, key: str, where: str) -> Stated:
    """Return the numbers of an attribute; text that reads as a number counts. Raise ParamnetError naming an attribute without one."""
    value = variable.getncattr(key)
    items = value if isinstance(value, list | tuple) else np.atleast_1d(value).tolist()
    try:
        numbers = tuple(_number(item) for item in items)
        return Stated(variable.name, key, numbers, any(isinstance(number, float) for number in numbers), where)
    except (ValueError, TypeError) as error:
        raise fault(f"{variable.name}:{key}", "a number", repr(value), where, key) from error


def scalar(variable: Any, key: str, where: str) -> Any:
    """Return one number in the attribute's own type, which sets the precision of unpacked values."""
    value = np.asarray(variable.getncattr(key))
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise fault(f"{variable.name}:{key}", "one number", repr(variable.getncattr(key)), where, key)
    return value.reshape(())[()]


def fault(what: str, expected: str, got: str, where: str, key: str) -> ParamnetError:
    """Return the error of an attribute that cannot be applied."""
    return ParamnetError(
        what, expected=expected, got=got, where=where, remedy=f"correct the attribute {key} (with ncatted, or netCDF4 in mode 'a')"
    )


def _number(item: Any) -> int | float:
    if isinstance(item, bytes):
        item = item.decode()
    if not isinstance(item, str):
        return item if isinstance(item, int) else float(item)
    try:
        number = int(item)
    except ValueError:
        return float(item)
    return number if abs(number) < 2**64 else float(item)
