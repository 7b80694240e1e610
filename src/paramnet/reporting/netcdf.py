"""NetCDF files of results: global attributes by CF and ACDD, compression, and types that every reader knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from paramnet import __version__

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CONVENTIONS", "Variables", "encoding", "results"]

CONVENTIONS = "CF-1.11, ACDD-1.3"
Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]
"""name -> dimensions, values, attributes."""


def results(
    variables: Variables, coordinates: Variables, *, title: str, summary: str, keywords: str, known: Mapping[str, Any]
) -> xr.Dataset:
    """Return results as a Dataset with global attributes.

    summary : what is in the file, for a catalogue. keywords : separated by commas. known : provenance; its texts and numbers become global
    attributes, except those that have another meaning in CF.
    """
    import xarray as xr

    dataset = xr.Dataset(variables, coords=coordinates)
    for one in dataset.data_vars.values():
        one.attrs.setdefault("coverage_content_type", "modelResult")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    named = {"source": "data_source", "history": "data_history", "created": "date_created"}
    provenance = {named.get(key, key): value for key, value in known.items() if isinstance(value, str | int | float)}
    command = known.get("command") or "paramnet"
    dataset.attrs = {
        **{key: int(value) if isinstance(value, bool) else value for key, value in provenance.items()},
        **{"Conventions": CONVENTIONS, "title": title, "summary": summary, "keywords": keywords},
        **{"source": f"paramnet {__version__}", "paramnet_version": __version__, "history": f"{now} {command}"},
        "date_created": provenance.get("date_created", now),
    }
    return dataset


def encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Compression of numbers; whole numbers of 32 bits, since CF 1.8 has no longer ones; no fill values in coordinates, which have no gaps.

    Texts are arrays of characters: CF's coordinate variables, which have the name of their dimension, are numbers.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, one in dataset.variables.items():
        if one.dtype.kind in "fi":
            gaps = one.dtype.kind == "f" and name not in dataset.coords
            its: dict[str, Any] = {"zlib": one.ndim > 0, "complevel": 4} if one.ndim else {}
            found[str(name)] = {**its, "_FillValue": np.nan if gaps else None}
            if one.dtype.kind == "i":
                found[str(name)]["dtype"] = "int32"
        elif one.dtype.kind in "OU":
            found[str(name)] = {"dtype": "S1", "char_dim_name": f"{name}_characters"}
    return found
