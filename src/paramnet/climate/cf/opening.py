"""Open the CF files of one run: find its fields, and check their times, grid and gaps before anything is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.cf.catalogue import Catalogue, read_catalogue, require_consecutive
from paramnet.climate.cf.fields import Term, choose, daily_of, lengths_of, term_of
from paramnet.climate.cf.grid import read_grid
from paramnet.climate.cf.history import CfHistory
from paramnet.climate.cf.names import ON_LEVELS, UNITS
from paramnet.contract import ParamnetError

Floats = NDArray[np.float64]


def open_cf(
    name: str, files: Sequence[Path], names: Mapping[str, str], units: Mapping[str, str], constants: Mapping[str, float]
) -> CfHistory:
    """Open the CF files of one run.

    names : field -> a variable of the files, or a sum such as ``rsdt - rsut``, instead of the one with the standard name.
    units : variable -> units, where a file has none or wrong ones. constants : SI, such as ``latent_heat_of_vaporization``.
    Raises ParamnetError for files without fields on latitude and longitude, or with gaps in time.
    """
    catalogue = read_catalogue(files)
    if not catalogue.variables:
        raise ParamnetError(
            f"run {name}",
            expected="variables on time, latitude and longitude",
            got="none",
            where=", ".join(str(path) for path in files[:2]) + (" …" if len(files) > 2 else ""),
            remedy="interpolate to a latitude–longitude grid first (cdo remapcon, ncremap)",
        )
    terms: dict[str, list[Term]] = {}
    left_out: dict[str, str] = {}
    for wanted in UNITS:
        chosen = choose(catalogue, wanted, names.get(wanted, ""))
        reason = "no variable with this standard name" if not chosen else ""
        if chosen:
            found = [term_of(catalogue, wanted, sign, variable, units) for sign, variable in chosen]
            reason = "no records of a day or less, a whole number of them a day" if not lengths_of(found) else ""
            if not reason:
                terms[wanted] = found
        if reason:
            left_out[wanted] = reason
    if not terms:
        raise ParamnetError(
            f"run {name}",
            expected="compared fields as means over a day, or a fraction of it",
            got="; ".join(sorted(set(left_out.values()))),
            where=str(files[0]),
            remedy="write daily means, or give names.FIELD=VARIABLE",
        )
    return _checked(name, tuple(files), catalogue, terms, left_out, dict(constants))


def _checked(
    name: str,
    files: tuple[Path, ...],
    catalogue: Catalogue,
    terms: dict[str, list[Term]],
    left_out: dict[str, str],
    constants: dict[str, float],
) -> CfHistory:
    """The history, after a check that its fields begin together and have no gaps in time; those with gaps in space are left out."""
    begins: dict[str, float] = {}  # of each field, by length of its records
    for wanted, its in terms.items():
        for seconds in {daily_of(its)[0], min(lengths_of(its))}:
            for term in its:
                require_consecutive(term.parts[seconds], term.variable.name)
            _require_together(wanted, its, seconds)
            first = its[0].parts[seconds][0]
            if first.has_bounds:
                begins[f"{wanted}, every {seconds} s,"] = float(first.begin[0])
    if begins and max(begins.values()) - min(begins.values()) > 1e-3:
        early, late = min(begins, key=lambda one: begins[one]), max(begins, key=lambda one: begins[one])
        got = f"{late} {begins[late] - begins[early]:g} days after {early}"
        raise ParamnetError(f"run {name}", expected="fields that begin on the same day", got=got, where=str(files[0].parent))
    profiles = [term.variable for wanted, its in terms.items() if wanted in ON_LEVELS for term in its]
    if len({variable.dims[1] for variable in profiles}) > 1:
        got = ", ".join(sorted({f"{variable.name} on {variable.dims[1]}" for variable in profiles}))
        raise ParamnetError(f"run {name}", expected="fields on the same levels", got=got, where=str(files[0].parent), remedy="set names.…")
    land = next((one for one in catalogue.variables.values() if one.standard_name == "land_area_fraction"), None)
    horizontal = next(iter(terms.values()))[0].variable
    grid = read_grid(horizontal, profiles[0] if profiles else None, land)
    history = CfHistory(name, files[0].parent, files, grid, terms, left_out, constants, catalogue.notes)
    gaps = {wanted: reason for wanted in terms if (reason := _gaps(history, wanted))}
    kept = {wanted: its for wanted, its in terms.items() if wanted not in gaps}
    return replace(history, terms=kept, left_out=left_out | gaps)


def _require_together(wanted: str, terms: list[Term], seconds: int) -> None:
    """Raise ParamnetError unless all terms of a field have the same records in each file."""
    times = [[part.begin for part in term.parts[seconds]] for term in terms]
    for term, its in zip(terms[1:], times[1:], strict=True):
        if [len(one) for one in its] != [len(one) for one in times[0]]:
            got = f"others in {term.parts[seconds][0].path.name}"
            expected = f"{term.variable.name} with the records of {terms[0].variable.name}, file by file"
            raise ParamnetError(f"names.{wanted}", expected=expected, got=got, remedy="write them to files of the same times")


def _gaps(history: CfHistory, wanted: str) -> str:
    """Why a field with missing values from the first record on cannot be compared; "" for one that can.

    Values that are missing only later are those of a run that failed, and end it.
    """
    records = history.records(wanted, daily_of(history.terms[wanted])[0])
    first = next(records)
    if not np.isnan(first[:1]).any():
        return ""
    if wanted not in ON_LEVELS:
        return "missing values"
    if any(_empty_somewhere(values) for values in (first, *records)):
        return "latitudes and levels without any data; interpolate with extrapolation below the ground, or choose model levels"
    return ""


def _empty_somewhere(values: Floats) -> bool:
    """Return True if a record has no value at some latitude and level, but has some at others."""
    empty = np.isnan(values).all(axis=-1).reshape(len(values), -1)
    return bool((empty.any(axis=1) & ~empty.all(axis=1)).any())
