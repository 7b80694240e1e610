"""Check of a file's vertical grid against the contract: hybrid or sigma coefficients, by name or by CF formula terms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, conversion
from paramnet.sources.config import SourceConfig
from paramnet.sources.grid.coordinates import as_number, in_pascal, is_pressure, read_constant, units_of
from paramnet.sources.grid.formula_terms import Coefficients, cf_coefficients
from paramnet.sources.netcdf import Dataset, read_complete

__all__ = ["require_levels"]

_PRESSURE_TOLERANCE = 1e-4  # relative; well below a level's thickness, well above rounding in files
_TEST_PRESSURES = (1.0e5, 5.0e4)  # two surface pressures determine a and b in p = a + b ps


def check_vertical_grid(dataset: Dataset, source: SourceConfig, contract: Contract, where: str) -> bool:
    """Return True if the file's first level is the lowest.

    Raises ParamnetError naming the first level whose pressure, or height, differs from the contract's by more than 1e-4 (relative).
    """
    if not contract.n_levels:
        return False
    bottom_first = source.dims.order == "bottom_first"
    if source.grid.vertical_of_contract:
        if source.dims.order == "auto":
            raise ParamnetError(
                f"source {source.name}.dims.order",
                expected="top_first or bottom_first",
                got="auto with grid.vertical_of_contract",
                remedy="set the order of the levels in the files",
            )
        return bottom_first
    if not contract.vertical_grid.has_pressure:
        return _check_heights(dataset, source, contract, where)
    middle, interface = _coefficients(dataset, source, where)
    if source.dims.order == "auto":
        bottom_first = bool(interface.pressure(1e5)[0] > interface.pressure(1e5)[-1])
        _check_positive(dataset, source, bottom_first, where)
    grid = contract.vertical_grid
    for kind, levels, required in (
        ("interface", interface, Coefficients(np.array(grid.a_interface), np.array(grid.b_interface))),
        ("mid-level", middle, Coefficients(np.array(grid.a_mid), np.array(grid.b_mid))),
    ):
        if len(levels.a) != len(required.a):
            raise ParamnetError(
                "vertical grid",
                expected=f"{len(required.a)} {kind} coefficients as in contract {contract.name}",
                got=str(len(levels.a)),
                where=where,
                remedy="choose the contract of this model",
            )
        require_levels(levels.reversed() if bottom_first else levels, required, kind, contract.name, where)
    return bottom_first


def _check_heights(dataset: Dataset, source: SourceConfig, contract: Contract, where: str) -> bool:
    """The check for a contract with heights: those of the coordinate ``grid.vertical``, in its own units (without any: m)."""
    name, expected = source.grid.vertical, np.array(contract.vertical_grid.height)
    if name not in dataset.variables:
        raise ParamnetError(
            f"source {source.name}.grid.vertical",
            expected="the coordinate with the heights of the levels, or vertical_of_contract: true",
            got=repr(name),
            where=where,
            remedy="correct `grid` of the source",
        )
    values = read_constant(dataset, name, source.dims.time, where)[0]
    got = np.asarray(conversion(units_of(dataset, name, source.unit_overrides) or "m", "m", name).apply(values))
    bottom_first = bool(got[0] < got[-1]) if source.dims.order == "auto" else source.dims.order == "bottom_first"
    found = got[::-1] if bottom_first else got
    if found.shape == expected.shape and np.allclose(found, expected, rtol=_PRESSURE_TOLERANCE, atol=0.0):
        return bottom_first
    shown = [", ".join(f"{value:g}" for value in heights[:3]) for heights in (expected, found)]
    raise ParamnetError(
        "vertical grid",
        expected=f"{len(expected)} heights from the top, {shown[0]} … m, as in contract {contract.name}",
        got=f"{len(found)}: {shown[1]} … m",
        where=where,
        remedy="choose the contract of this model, or set `dims.order` of the source",
    )


def require_levels(got: Coefficients, expected: Coefficients, kind: str, contract: str, where: str) -> None:
    """Raise ParamnetError naming the first level (``kind``: mid-level or interface) whose pressure differs by more than 1e-4 (relative)."""
    for surface in _TEST_PRESSURES:
        wrong = _differ(got, expected, surface)
        if not wrong.any():
            continue
        at = int(wrong.argmax())
        remedy = "choose the contract of this model"
        if all(not _differ(Coefficients(got.a * 100.0, got.b), expected, other).any() for other in _TEST_PRESSURES):
            remedy = "set the units hPa of the reference pressure or of the coefficients in the file, or in unit_overrides"
        elif all(not _differ(got, Coefficients(expected.a * 100.0, expected.b), other).any() for other in _TEST_PRESSURES):
            remedy = f"give the coefficients a of contract {contract} in Pa; they are in hPa"
        raise ParamnetError(
            "vertical grid",
            expected=f"{kind} {at} at {expected.pressure(surface)[at]:.3f} Pa for ps = {surface:.0f} Pa as in contract {contract}",
            got=f"{got.pressure(surface)[at]:.3f} Pa",
            where=where,
            remedy=remedy,
        )


def _differ(got: Coefficients, expected: Coefficients, surface: float) -> NDArray[np.bool_]:
    wanted = expected.pressure(surface)
    return np.asarray(~(np.abs(got.pressure(surface) - wanted) <= _PRESSURE_TOLERANCE * np.maximum(wanted, 1.0)))


def _check_positive(dataset: Dataset, source: SourceConfig, bottom_first: bool, where: str) -> None:
    """Require that the coordinate's ``positive`` and values imply the same order as the pressures."""
    name = source.grid.vertical
    if not name or not hasattr(dataset[name], "positive"):
        return
    values, positive = read_complete(dataset[name], where), str(dataset[name].getncattr("positive"))
    upward = (values[0] < values[-1]) == (positive == "up")
    if positive not in ("up", "down") or upward != bottom_first:
        raise ParamnetError(
            name,
            expected=f"`positive` and values that agree with pressures {'falling' if bottom_first else 'rising'} along the levels",
            got=f"positive={positive!r} and values from {values[0]:g} to {values[-1]:g}",
            where=where,
            remedy="fix the file, or set `dims.order` of the source",
        )


def _sigma_coefficients(dataset: Dataset, source: SourceConfig, where: str) -> tuple[Coefficients, Coefficients]:
    """The coefficients from a global attribute with sigma at the interfaces."""
    name = source.grid.sigma_interface
    if name not in dataset.ncattrs():
        raise ParamnetError(
            name,
            expected=f"this global attribute of source {source.name}",
            got="none",
            where=where,
            remedy="correct `grid` of the source",
        )
    sigma = np.atleast_1d(dataset.getncattr(name))
    if sigma.dtype.kind not in "iuf" or not np.isfinite(sigma).all():
        raise ParamnetError(name, expected="numbers from 0 to 1", got=f"{sigma.tolist()}"[:80], where=where, remedy="fix the file")
    sigma = sigma.astype(np.float64)
    middle = 0.5 * (sigma[1:] + sigma[:-1])
    return Coefficients(np.zeros_like(middle), middle), Coefficients(np.zeros_like(sigma), sigma)


def _coefficients(dataset: Dataset, source: SourceConfig, where: str) -> tuple[Coefficients, Coefficients]:
    """Return the coefficients of mid-levels and interfaces, in the file's order."""
    names = source.grid
    if names.vertical:
        return cf_coefficients(dataset, names.vertical, names.vertical_interface, where, source.unit_overrides, source.dims.time)
    if names.sigma_interface:
        return _sigma_coefficients(dataset, source, where)

    def read(name: str) -> tuple[NDArray[np.float64], str]:
        if name not in dataset.variables:
            raise ParamnetError(
                name,
                expected=f"this vertical coordinate of source {source.name}",
                got="none",
                where=where,
                remedy="correct `grid` of the source",
            )
        return read_constant(dataset, name, source.dims.time, where)[0], units_of(dataset, name, source.unit_overrides)

    def pressures(name: str) -> NDArray[np.float64]:
        """Return the coefficient a in Pa, converted from its units or multiplied by the reference pressure."""
        values, units = read(name)
        if is_pressure(units):
            return in_pascal(values, units, name)
        if not names.reference_pressure:
            raise ParamnetError(
                name,
                expected="units of pressure, or `reference_pressure` under `grid` of the source",
                got=repr(units),
                where=where,
                remedy=f"name the variable of the reference pressure, or set unit_overrides: {{{name}: Pa}}",
            )
        return as_number(values, units, name) * in_pascal(*read(names.reference_pressure), names.reference_pressure)

    numbers = [as_number(*read(name), name) for name in (names.b_mid, names.b_interface)]
    return Coefficients(pressures(names.a_mid), numbers[0]), Coefficients(pressures(names.a_interface), numbers[1])
