"""Random netCDF files: types, packings, fill values, limits, byte orders, dimension orders, record dimensions, all four formats.

Each is written twice: unchanged, and as a netCDF-4 file whose attributes have the types that netCDF4-python applies.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4")
CLASSIC_TYPES = ("i1", "i2", "i4", "f4", "f8")
MORE_TYPES = (*CLASSIC_TYPES, "u1", "u2", "u4", "i8", "u8")
SIZES = {"time": 5, "level": 3, "latitude": 2, "longitude": 4, "member": 1}


@dataclass
class Plan:
    """One variable: its attributes as written, and as netCDF4-python applies them."""

    dtype: np.dtype
    dims: tuple[str, ...]
    endian: str
    values: np.ndarray
    written: tuple
    attributes: dict[str, Any] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)


def random_file(folder: Path, seed: int, variables: int = 3) -> tuple[Path, Path, list[str]]:
    """The file, its plain twin, and the names of the variables."""
    random = np.random.default_rng(seed)
    form, fixed = str(random.choice(FORMATS)), bool(random.random() < 0.3)
    names = [f"v{number}" for number in range(variables)]
    plans = {name: _plan(random, form, fixed) for name in names}
    paths = folder / f"{seed}.nc", folder / f"{seed}.plain.nc"
    for path, plain in zip(paths, (False, True), strict=True):
        with netCDF4.Dataset(path, "w", format="NETCDF4" if plain else form) as dataset:
            for dim, size in SIZES.items():
                dataset.createDimension(dim, None if dim == "time" and not fixed else size)
            for name, plan in plans.items():
                _write(dataset, name, plan, plain)
    return *paths, names


def _plan(random: np.random.Generator, form: str, fixed: bool) -> Plan:
    dtype = np.dtype(str(random.choice(MORE_TYPES if form in ("NETCDF4", "NETCDF3_64BIT_DATA") else CLASSIC_TYPES)))
    dims = [str(dim) for dim in random.permutation(list(SIZES))[: random.integers(0, len(SIZES) + 1)]]
    if not fixed and form != "NETCDF4" and "time" in dims:
        dims = ["time", *(dim for dim in dims if dim != "time")]
    shape = tuple(SIZES[dim] for dim in dims)
    partly = random.random() < 0.3  # not along time, whose length is that of what was written
    written = tuple(slice(0, SIZES[dim] if dim == "time" else random.integers(1, SIZES[dim] + 1)) for dim in dims) if partly else ()
    endian = str(random.choice(["native", "little", "big"])) if form == "NETCDF4" else "native"
    plan = Plan(dtype, tuple(dims), endian, _values(random, dtype, shape), written)
    pool = np.append(np.unique(plan.values[np.isfinite(plan.values)]), np.zeros(1, dtype))
    unsigned = dtype.kind == "i" and random.random() < 0.2
    if unsigned:
        _both(plan, "_Unsigned", str(random.choice(["true", "True", "false"])))
    packed = random.random() < 0.5 and _packing(random, plan)
    _missing(random, plan, pool, packed or unsigned)
    if unsigned and "_FillValue" not in plan.plain:  # netCDF4-python raises TypeError where a byte of such data is missing
        for attributes in (plan.attributes, plan.plain):
            for key in ("missing_value", "valid_range", "valid_min", "valid_max"):
                attributes.pop(key, None)
    return plan


def _values(random: np.random.Generator, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if dtype.kind == "f":
        values = random.normal(0, 100, shape).round(1).astype(dtype)
        special = [np.nan, np.inf, -np.inf, -999.9, 1e20, netCDF4.default_fillvals[dtype.str[1:]]]
    else:
        info = np.iinfo(dtype)
        values = random.integers(max(info.min, -100), min(info.max, 100), shape).astype(dtype)
        special = [info.min, info.max, netCDF4.default_fillvals[dtype.str[1:]], min(info.max, 100)]
    with np.errstate(over="ignore"):
        return np.where(random.random(shape) < 0.2, random.choice(np.array(special, dtype=dtype), shape), values).astype(dtype)


def _packing(random: np.random.Generator, plan: Plan) -> bool:
    own = ["f4", "f8"] if plan.dtype.kind != "f" else ["f4", "f8", "i4"]
    kind = np.dtype(str(random.choice(own))).type
    if random.random() < 0.7:
        _both(plan, "scale_factor", kind(random.choice([1, 2, 0.01, 1 / 3, -0.5]) if kind is not np.int32 else 2))
    if random.random() < 0.7:
        _both(plan, "add_offset", kind(random.choice([0, 273.15, -1e4]) if kind is not np.int32 else 3))
    return "scale_factor" in plan.attributes or "add_offset" in plan.attributes


def _missing(random: np.random.Generator, plan: Plan, pool: np.ndarray, in_type: bool) -> None:
    """Fill values and limits among the values that occur; some in another type than the data's."""

    def one() -> Any:
        return random.choice(pool) if random.random() < 0.9 or plan.dtype.kind != "f" else plan.dtype.type(np.nan)

    if random.random() < 0.4:
        plan.attributes["_FillValue"] = plan.plain["_FillValue"] = one()
    if random.random() < 0.5:
        several = np.array([one(), one()]) if random.random() < 0.3 else one()
        _foreign(random, plan, "missing_value", several, in_type)
    kind = random.integers(0, 5)
    low, high = sorted([random.choice(pool), random.choice(pool)])
    if kind == 0:
        _foreign(random, plan, "valid_range", np.array([low, high]), in_type)
    if kind in (1, 3):
        _foreign(random, plan, "valid_min", low, in_type)
    if kind in (2, 3):
        _foreign(random, plan, "valid_max", high, in_type)


def _foreign(random: np.random.Generator, plan: Plan, key: str, value: Any, in_type: bool) -> None:
    """The attribute in the data's type, or as a double or text that becomes the same value in the data's type."""
    plan.plain[key] = plan.attributes[key] = value
    choice = random.integers(0, 4)
    if in_type or choice > 1 or plan.dtype.itemsize == 8:
        return
    if choice == 0:
        shown = [float(f"{one:.7g}") if plan.dtype.kind == "f" else float(one) for one in np.atleast_1d(value)]
        if all(plan.dtype.type(one) == own or np.isnan(one) for one, own in zip(shown, np.atleast_1d(value), strict=True)):
            plan.attributes[key] = np.array(shown) if np.ndim(value) else np.float64(shown[0])
    elif np.ndim(value) == 0:
        plan.attributes[key] = str(value)


def _both(plan: Plan, key: str, value: Any) -> None:
    plan.attributes[key] = plan.plain[key] = value


def _write(dataset: netCDF4.Dataset, name: str, plan: Plan, plain: bool) -> None:
    attributes = dict(plan.plain if plain else plan.attributes)
    fill = attributes.pop("_FillValue", None)
    if fill is None and plain and plan.dtype.itemsize == 1:
        fill = False  # bytes have no default fill value; netCDF4-python knows that only where filling is off
    variable = dataset.createVariable(name, plan.dtype, plan.dims, fill_value=fill, endian="native" if plain else plan.endian)
    variable.set_auto_maskandscale(False)
    variable.setncatts(attributes)
    if plan.written and fill is not False:
        variable[plan.written] = plan.values[plan.written]
    elif plan.written:
        unwritten = np.full_like(plan.values, netCDF4.default_fillvals[plan.dtype.str[1:]])
        unwritten[plan.written] = plan.values[plan.written]
        variable[...] = unwritten
    else:
        variable[...] = plan.values
