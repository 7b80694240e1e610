"""Vertical coordinates from CF formula terms (CF conventions, appendix D): hybrid sigma-pressure and sigma, as p = a + b ps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.sources.grid.coordinates import as_number, in_pascal, is_pressure, read_constant, units_of
from paramnet.sources.netcdf import Dataset

__all__ = ["HYBRID", "SIGMA", "Coefficients", "cf_coefficients", "middle_coefficients"]

HYBRID, SIGMA = "atmosphere_hybrid_sigma_pressure_coordinate", "atmosphere_sigma_coordinate"


@dataclass(frozen=True)
class Coefficients:
    """p = a + b ps along levels or interfaces: a in Pa, b dimensionless."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]

    def pressure(self, surface_pressure: float) -> NDArray[np.float64]:
        """Return the pressure for a surface pressure, both in Pa."""
        return self.a + self.b * surface_pressure

    def reversed(self) -> Coefficients:
        """Return the coefficients in reverse order."""
        return Coefficients(self.a[::-1], self.b[::-1])


def cf_coefficients(
    dataset: Dataset, vertical: str, interface: str, where: str, overrides: Mapping[str, str] | None = None, time: str = "time"
) -> tuple[Coefficients, Coefficients]:
    """Return the coefficients of mid-levels (coordinate ``vertical``) and interfaces, in the file's order.

    Interfaces are the coordinate ``interface``, which has its own formula terms, or, if that is empty, the bounds of ``vertical``.
    ``overrides`` : units by name, instead of attributes. Raises ParamnetError naming what is missing.
    """
    middle = middle_coefficients(dataset, vertical, where, overrides, time)
    if interface:
        return middle, _from_terms(dataset, interface, _kind(dataset, interface, where), where, overrides or {}, time)
    bounds = str(getattr(dataset[vertical], "bounds", ""))
    if bounds not in dataset.variables:
        raise ParamnetError(
            vertical,
            expected="interfaces in its bounds",
            got=f"no variable {bounds}" if bounds else "no attribute `bounds`",
            where=where,
            remedy="name the coordinate of the interfaces in `grid.vertical_interface`",
        )
    return middle, _from_terms(dataset, bounds, _kind(dataset, vertical, where), where, overrides or {}, time)


def middle_coefficients(
    dataset: Dataset, vertical: str, where: str, overrides: Mapping[str, str] | None = None, time: str = "time"
) -> Coefficients:
    """Return the coefficients of mid-levels alone, in the file's order; arguments as for ``cf_coefficients``."""
    return _from_terms(dataset, vertical, _kind(dataset, vertical, where), where, overrides or {}, time)


def _kind(dataset: Dataset, name: str, where: str) -> str:
    if name not in dataset.variables:
        raise ParamnetError(name, expected="this vertical coordinate", got="none", where=where, remedy="correct `grid` of the source")
    kind = str(getattr(dataset[name], "standard_name", ""))
    if kind not in (HYBRID, SIGMA):
        raise ParamnetError(
            name, expected=f"standard_name {HYBRID} or {SIGMA}", got=repr(kind), where=where, remedy="give the coefficients under `grid`"
        )
    return kind


def _from_terms(dataset: Dataset, name: str, kind: str, where: str, overrides: Mapping[str, str], time: str) -> Coefficients:
    words = str(getattr(dataset[name], "formula_terms", "")).replace(":", " ").split()
    terms = dict(zip(words[::2], words[1::2], strict=False))
    if kind == SIGMA:
        terms.setdefault("sigma", name)

    def read(term: str) -> tuple[NDArray[np.float64], str]:
        if terms.get(term) not in dataset.variables:
            raise ParamnetError(
                name,
                expected=f"formula_terms with a variable for {term!r}",
                got=" ".join(words) or "none",
                where=where,
                remedy="fix the file, or give the coefficients under `grid`",
            )
        values, _ = read_constant(dataset, terms[term], time, where)
        return _interfaces(values, terms[term], where) if values.ndim == 2 else values, units_of(dataset, terms[term], overrides)

    def pressure(term: str) -> NDArray[np.float64]:
        return in_pascal(*read(term), terms[term])

    def number(term: str) -> NDArray[np.float64]:
        return as_number(*read(term), terms[term])

    if kind == SIGMA:
        sigma, top = number("sigma"), pressure("ptop") if "ptop" in terms else np.zeros(1)
        return Coefficients(top * (1.0 - sigma), sigma)
    if "ap" in terms or is_pressure(read("a")[1]):
        return Coefficients(pressure("ap" if "ap" in terms else "a"), number("b"))
    return Coefficients(number("a") * pressure("p0"), number("b"))


def _interfaces(bounds: NDArray[np.float64], name: str, where: str) -> NDArray[np.float64]:
    """Convert bounds (level, 2) to interfaces (level + 1)."""
    flipped = bounds if np.allclose(bounds[1:, 0], bounds[:-1, 1]) else bounds[:, ::-1]
    if bounds.shape[1] != 2 or not np.allclose(flipped[1:, 0], flipped[:-1, 1]):
        raise ParamnetError(
            name,
            expected="bounds (level, 2) that are contiguous",
            got=f"others of shape {bounds.shape}",
            where=where,
            remedy="fix the file",
        )
    return np.append(flipped[:, 0], flipped[-1, 1])
