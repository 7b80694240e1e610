"""Decoding of stored numbers by the attributes of the netCDF and CF conventions.

Applies ``_FillValue``, ``missing_value``, ``valid_range``, ``valid_min``, ``valid_max``, ``scale_factor``, ``add_offset``, ``_Unsigned``
and the default fill values as netCDF4-python does, with three differences. An attribute of another type than the data is converted
to the type of the data (netCDF4-python ignores it). An attribute that cannot be converted is an error. Bytes have no default fill
value (netCDF User's Guide, "Fill Values").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.sources.netcdf.stated import Stated, fault, scalar, stated

_DEFAULT_FILLS = {
    np.dtype(kind): np.dtype(kind).type(value) for kind, value in netCDF4.default_fillvals.items() if kind[0] in "iuf" and kind[1] != "1"
}
_MEANING = frozenset(("_FillValue", "missing_value", "valid_range", "valid_min", "valid_max", "scale_factor", "add_offset", "_Unsigned"))


@dataclass(frozen=True)
class Encoding:
    """The encoding of a variable.

    unsigned : signed integers are read as unsigned. fills : stored values that mean "missing". low, high : smallest and largest valid
    stored value. scale, offset : of packed values, None if absent. doubtful : floating-point attributes of packed integers, which
    refer to unpacked values in the netCDF User's Guide and to packed values in netCDF4-python.
    """

    name: str
    where: str
    unsigned: bool
    fills: tuple[Any, ...]
    low: Any
    high: Any
    scale: Any
    offset: Any
    doubtful: tuple[Stated, ...]

    @classmethod
    def of(cls, variable: Any, dtype: np.dtype, where: str) -> Encoding:
        """Read a variable's attributes; raise ParamnetError naming one that cannot be applied to data of this type."""
        name, present = variable.name, _MEANING.intersection(variable.ncattrs())
        if not present:
            default = _DEFAULT_FILLS.get(dtype)
            return cls(name, where, False, () if default is None else (default,), None, None, None, None, ())
        unsigned = "_Unsigned" in present and _is_unsigned(variable, dtype, where)
        read_dtype = np.dtype(f"u{dtype.itemsize}") if unsigned else dtype
        scale, offset = (scalar(variable, key, where) if key in present else None for key in ("scale_factor", "add_offset"))
        found = {key: stated(variable, key, where) for key in present - {"scale_factor", "add_offset", "_Unsigned"}}
        if "valid_range" in found:
            found = {key: one for key, one in found.items() if key not in ("valid_min", "valid_max")}
        fills = [value for key in ("_FillValue", "missing_value") if key in found for value in found[key].fills(dtype, read_dtype)]
        if "_FillValue" not in found and dtype in _DEFAULT_FILLS and not unsigned:
            fills.append(_DEFAULT_FILLS[dtype])
        low, high = _limits(found, dtype, read_dtype)
        packed = (scale is not None or offset is not None) and dtype.kind != "f"
        doubtful = tuple(one for one in found.values() if packed and one.floating)
        return cls(name, where, unsigned, tuple(fills), low, high, scale, offset, doubtful)

    def decode(self, values: NDArray) -> NDArray:
        """Return decoded values, missing ones as NaN; the same array if there is nothing to decode."""
        if self.unsigned:
            values = values.view(f"u{values.dtype.itemsize}")
        filled, outside = self._filled(values), self._outside(values)
        limited = self.low is not None or self.high is not None
        missing = filled | outside if limited else filled
        numbers = self._unpacked(values, missing)
        if self.doubtful:
            self._require_one_reading(numbers, filled, outside)
        if not missing.any():
            return numbers
        return np.where(missing, np.nan, numbers)

    def _filled(self, values: NDArray) -> NDArray[np.bool_]:
        return _any([np.isnan(values) if np.isnan(fill) else values == fill for fill in self.fills], values.shape)

    def _outside(self, values: NDArray) -> NDArray[np.bool_]:
        below = [] if self.low is None else [values < self.low]
        return _any(below if self.high is None else [*below, values > self.high], values.shape)

    def _require_one_reading(self, numbers: NDArray, filled: NDArray[np.bool_], outside: NDArray[np.bool_]) -> None:
        limits = [attribute for attribute in self.doubtful if not attribute.is_fill]
        if limits and ((np.logical_or.reduce([one.missing_of_unpacked(numbers) for one in limits]) != outside) & ~filled).any():
            raise limits[0].ambiguous()
        for attribute in self.doubtful:
            if attribute.is_fill and (attribute.missing_of_unpacked(numbers) & ~filled & ~outside).any():
                raise attribute.ambiguous()

    def _unpacked(self, values: NDArray, missing: NDArray[np.bool_]) -> NDArray:
        """Scale and offset in the same order and precision as netCDF4-python."""
        scale, offset = self.scale, self.offset
        with np.errstate(over="ignore", invalid="ignore"):
            if scale is not None and offset is not None:
                numbers = values.astype(scale.dtype) if scale == 1 and offset == 0 else values * scale + offset
            elif scale is not None and scale != 1:
                numbers = values * scale
            elif offset is not None and offset != 0:
                numbers = values + offset
            else:
                return values
        if numbers.dtype.kind in "iu":
            self._require_no_overflow(values[~missing], numbers.dtype)
        return numbers

    def _require_no_overflow(self, values: NDArray, dtype: np.dtype) -> None:
        scale, offset = int(1 if self.scale is None else self.scale), int(0 if self.offset is None else self.offset)
        ends = [int(end) * scale + offset for end in (values.min(), values.max())] if values.size else [0]
        if min(ends) < np.iinfo(dtype).min or max(ends) > np.iinfo(dtype).max:
            raise fault(
                f"{self.name}:scale_factor",
                f"unpacked values within the range of {dtype}",
                f"{min(ends)} to {max(ends)}",
                self.where,
                "scale_factor",
            )


def decoded(variable: Any, values: NDArray, where: str) -> NDArray:
    """Decode ``values`` of ``variable`` as stored in the file (native byte order); missing ones become NaN.

    where : the file, for errors. Raises ParamnetError if the data are not numbers or an attribute cannot be applied.
    """
    if values.dtype.kind not in "iuf":
        raise ParamnetError(
            variable.name, expected="numbers", got=f"values of type {values.dtype}", where=where, remedy="correct `variables` of the source"
        )
    return Encoding.of(variable, values.dtype, where).decode(values)


def _any(masks: list[NDArray[np.bool_]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the union of the masks. It reuses the first one, as the arrays are large."""
    if not masks:
        return np.broadcast_to(np.False_, shape)
    for mask in masks[1:]:
        masks[0] |= mask
    return masks[0]


def _is_unsigned(variable: Any, dtype: np.dtype, where: str) -> bool:
    word = variable.getncattr("_Unsigned")
    word = word if isinstance(word, str) else repr(word)
    if word in ("true", "True") and dtype.kind in "iu":
        return dtype.kind == "i"
    if word in ("false", "False") and dtype.kind != "u":  # programs disagree on "false" for unsigned data
        return False
    raise fault(f"{variable.name}:_Unsigned", "'true' or 'false' for integers", f"{word!r} for {dtype}", where, "_Unsigned")


def _limits(found: dict[str, Stated], dtype: np.dtype, read_dtype: np.dtype) -> tuple[Any, Any]:
    """Return the smallest and largest valid stored value, None for no limit."""
    if "valid_range" in found:
        both = found["valid_range"].limits(dtype, read_dtype, 2)
        return both[0], both[1]
    low, high = (found[key].limits(dtype, read_dtype, 1)[0] if key in found else None for key in ("valid_min", "valid_max"))
    return low, high
