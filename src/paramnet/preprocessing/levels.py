"""The vertical grid of a file against the contract's: hybrid or sigma coefficients, by name or by CF formula terms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.formula_terms import Coefficients, cf_coefficients
from paramnet.preprocessing.integrity import Dataset, read_complete
from paramnet.preprocessing.source import SourceConfig

_PRESSURE_TOLERANCE = 1e-4  # relative; well below a level's thickness, well above rounding in files
_TEST_PRESSURES = (1.0e5, 5.0e4)  # two surface pressures tell a from b in p = a + b ps


def check_vertical_grid(dataset: Dataset, source: SourceConfig, contract: Contract, where: str) -> bool:
    """Whether the file's levels run bottom first.

    Raises ParamnetError naming the first level whose pressure differs from the contract's by more than 1e-4 (relative).
    """
    middle, interface = _coefficients(dataset, source, where)
    bottom_first = source.dims.order == "bottom_first"
    if source.dims.order == "auto":
        bottom_first = bool(interface.pressure(1e5)[0] > interface.pressure(1e5)[-1])
        _check_positive(dataset, source, bottom_first, where)
    grid = contract.vertical_grid
    for kind, got_levels, a, b in (
        ("interface", interface, grid.a_interface, grid.b_interface),
        ("mid-level", middle, grid.a_mid, grid.b_mid),
    ):
        if len(got_levels.a) != len(a):
            raise ParamnetError(
                f"vertical grid: expected {len(a)} {kind} coefficients as in contract {contract.name}, got {len(got_levels.a)} in {where}; "
                "choose the contract of this model"
            )
        for surface in _TEST_PRESSURES:
            expected, got = np.asarray(a) + np.asarray(b) * surface, got_levels.pressure(surface)
            got = got[::-1] if bottom_first else got
            wrong = np.abs(got - expected) > _PRESSURE_TOLERANCE * np.maximum(expected, 1.0)
            if wrong.any():
                at = int(wrong.argmax())
                raise ParamnetError(
                    f"vertical grid: expected {kind} {at} at {expected[at]:.3f} Pa for ps = {surface:.0f} Pa as in contract "
                    f"{contract.name}, got {got[at]:.3f} Pa in {where}; choose the contract of this model grid"
                )
    return bottom_first


def _check_positive(dataset: Dataset, source: SourceConfig, bottom_first: bool, where: str) -> None:
    """The coordinate's ``positive`` and its values must tell the order that the pressures tell."""
    name = source.grid.vertical
    if not name or not hasattr(dataset[name], "positive"):
        return
    values, positive = read_complete(dataset[name], where), str(dataset[name].getncattr("positive"))
    said = (values[0] < values[-1]) == (positive == "up")
    if positive not in ("up", "down") or said != bottom_first:
        raise ParamnetError(
            f"{name}: expected `positive` and values that agree with pressures {'falling' if bottom_first else 'rising'} along the levels, "
            f"got positive={positive!r} and values from {values[0]:g} to {values[-1]:g} in {where}; mend the file or give `dims.order`"
        )


def _coefficients(dataset: Dataset, source: SourceConfig, where: str) -> tuple[Coefficients, Coefficients]:
    """Coefficients of mid-levels and interfaces, in the file's own order."""
    names = source.grid
    if names.vertical:
        return cf_coefficients(dataset, names.vertical, names.vertical_interface, where)
    if names.sigma_interface:
        if names.sigma_interface not in dataset.ncattrs():
            raise ParamnetError(f"{names.sigma_interface}: expected this global attribute of source {source.name}, got none in {where}")
        sigma = np.atleast_1d(dataset.getncattr(names.sigma_interface))
        if sigma.dtype.kind not in "iuf" or not np.isfinite(sigma).all():
            raise ParamnetError(names.sigma_interface, expected="numbers from 0 to 1", got=f"{sigma.tolist()}"[:80], where=where)
        sigma = sigma.astype(np.float64)
        middle = 0.5 * (sigma[1:] + sigma[:-1])
        return Coefficients(np.zeros_like(middle), middle), Coefficients(np.zeros_like(sigma), sigma)

    def read(name: str) -> NDArray[np.float64]:
        if name not in dataset.variables:
            raise ParamnetError(
                f"{name}: expected this vertical coordinate of source {source.name}, got a file without it: {where}; correct `grid`"
            )
        return read_complete(dataset[name], where).astype(np.float64)

    reference = read(names.reference_pressure)
    middle_a, middle_b, interface_a, interface_b = map(read, (names.a_mid, names.b_mid, names.a_interface, names.b_interface))
    return Coefficients(middle_a * reference, middle_b), Coefficients(interface_a * reference, interface_b)
