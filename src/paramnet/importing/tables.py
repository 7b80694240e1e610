"""Tables of one number per tensor column, for a network's normalization and ranges: from a file, by variable, or constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.cam_text import read_numbers
from paramnet.sources.netcdf import open_netcdf, read_values

_NETCDF = (".nc", ".nc4", ".netcdf", ".cdf")


@dataclass
class Table:
    """One number per column of the tensor, given in one of three ways.

    ``file`` : relative to the network's folder. A text file or .npy with one number per column in the contract's order, or a
    netCDF file with the contract's variables (under the names in ``names``), one number or one per level each.
    Features follow the contract's columns; their name is their kind.
    ``values`` : by variable of the contract, one number or one per level (top first). ``constant`` : the same for all.
    """

    file: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    constant: float | None = None

    def __post_init__(self) -> None:
        given = [name for name, used in (("file", self.file), ("values", self.values), ("constant", self.constant is not None)) if used]
        if len(given) > 1:
            raise ParamnetError(
                "table", expected="one of file, values, constant", got=" and ".join(given), remedy="remove all but one of them"
            )

    @property
    def given(self) -> bool:
        """True if the table has numbers."""
        return bool(self.file or self.values or self.constant is not None)

    def numbers(self, key: str, sizes: Mapping[str, int], folder: Path, names: Mapping[str, str]) -> NDArray[np.float64]:
        """(column of the tensor), float64; raise ParamnetError naming ``key`` if the numbers do not match the contract.

        sizes : number of columns of each variable of the contract and each feature, in their order.
        """
        width = sum(sizes.values())
        if self.constant is not None:
            return np.full(width, float(self.constant))
        if self.file and Path(self.file).suffix not in _NETCDF:
            return _checked(_numbers_of(folder / self.file).ravel(), width, key, str(folder / self.file))
        wanted = list(sizes)
        if self.file:
            values = _netcdf_numbers(folder / self.file, {name: names.get(name, name) for name in wanted})
        elif sorted(self.values) != sorted(wanted):
            raise ParamnetError(
                f"{key}.values", expected=f"the contract's variables {', '.join(wanted)}", got=", ".join(sorted(self.values)) or "none"
            )
        else:
            values = self.values
        place = str(folder / self.file) if self.file else ""
        parts = []
        for name, size in sizes.items():
            numbers = np.atleast_1d(np.asarray(values[name], dtype=np.float64)).ravel()
            what = f"{key} of {name}" if self.file else f"{key}.values.{name}"
            parts.append(_checked(np.repeat(numbers, size) if numbers.size == 1 else numbers, size, what, place))
        return np.concatenate(parts)


def _numbers_of(path: Path) -> NDArray[np.float64]:
    if path.suffix != ".npy":
        return read_numbers(path)
    try:
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError, EOFError) as error:
        raise ParamnetError(str(path), expected="a .npy array of numbers", got=f"an unreadable file ({error})") from error


def _netcdf_numbers(path: Path, names: Mapping[str, str]) -> dict[str, Any]:
    """Numbers of each variable, NaN where missing; raise ParamnetError naming a missing variable."""
    with open_netcdf(path) as dataset:
        missing = [name for name in names.values() if name not in dataset.variables]
        if missing:
            raise ParamnetError(
                str(path),
                expected=f"a variable {missing[0]!r}",
                got=", ".join(dataset.variables),
                remedy="give the file's names of the contract's variables: names={air_temperature: state_t, …}",
            )
        return {name: read_values(dataset[own], path.name).astype(np.float64) for name, own in names.items()}


def _checked(numbers: NDArray[np.float64], width: int, key: str, where: str) -> NDArray[np.float64]:
    if numbers.size != width:
        raise ParamnetError(key, expected=f"{width} numbers, one per column of the contract", got=str(numbers.size), where=where)
    if not np.isfinite(numbers).all():
        raise ParamnetError(key, expected="finite numbers", got=str(numbers[~np.isfinite(numbers)][0]), where=where)
    return numbers
