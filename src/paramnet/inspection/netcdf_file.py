"""Inspect a netCDF file and find the shipped source that it matches."""

from __future__ import annotations

from fnmatch import fnmatch
from importlib import resources
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from paramnet.contract import Contract, ParamnetError
from paramnet.inspection.report import Report, Section
from paramnet.sources.config import SourceConfig
from paramnet.sources.netcdf import Dataset, open_netcdf, read_values

_LEAST = 0.5  # share of a source's variables that must be present


def inspect_netcdf(path: Path) -> Report:
    """Dimensions, variables, time span and likely source; of the data, only the time axis is read."""
    with open_netcdf(path) as checked:  # refuses a damaged file before the library opens it
        time = _time(checked)
    try:
        with netCDF4.Dataset(path) as data:
            return Report(
                str(path),
                "netcdf",
                [
                    Section.of_values("file", {"format": data.data_model, "bytes": path.stat().st_size, "time": time}),
                    Section(
                        "dimensions",
                        ("name", "size"),
                        [(n, f"{len(d)}{' (unlimited)' * d.isunlimited()}") for n, d in data.dimensions.items()],
                    ),
                    Section("variables", ("name", "dims", "type", "units", "long name"), [_variable(v) for v in data.variables.values()]),
                    Section("looks like", ("source", "variables found", "missing", "file name"), _sources(path, data)),
                    Section.of_values("global attributes", {name: str(data.getncattr(name)) for name in data.ncattrs()}),
                ],
            )
    except (OSError, RuntimeError) as error:
        raise ParamnetError(
            str(path), expected="a netCDF file", got=f"an unreadable one ({error})", remedy="copy it again: it may be truncated"
        ) from error


def _variable(variable: Any) -> tuple[Any, ...]:
    attributes = [getattr(variable, name, "") for name in ("units", "long_name")]
    return (variable.name, ", ".join(variable.dimensions), str(variable.dtype), *attributes)


def _time(data: Dataset) -> str:
    """First and last time with their units, "" without a time axis, or the error if it cannot be read."""
    if "time" not in data.variables or 0 in data["time"].shape:
        return ""
    try:
        times = np.atleast_1d(read_values(data["time"], "this file"))
    except ParamnetError as error:
        return str(error)
    times, units = times.ravel(), getattr(data["time"], "units", "no units")
    return f"{times.size} steps, {times[0]:g} … {times[-1]:g} {units}"


def _sources(path: Path, data: Any) -> list[tuple[Any, ...]]:
    """Shipped sources of which this file has at least half of the variables, best match first."""
    standard_names = {f"standard_name:{getattr(variable, 'standard_name', '')}" for variable in data.variables.values()}
    found = []
    for file in sorted((resources.files("paramnet.conf") / "source").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        source = SourceConfig.from_yaml(Path(str(file)))
        wanted, have = _wanted(source), set(data.variables) | standard_names
        for member, names in wanted.items():
            missing = sorted(names - have)
            if names and 1 - len(missing) / len(names) >= _LEAST:
                title = source.name + (f" ({member} physics)" if len(wanted) > 1 else "")
                fits = "fits" if fnmatch(path.name, source.pattern) or member == "after" else f"expected {source.pattern}"
                found.append((len(missing) / len(names), (title, f"{len(names) - len(missing)} of {len(names)}", ", ".join(missing), fits)))
    return [row for _, row in sorted(found, key=lambda entry: entry[0])] or [("none of the shipped sources", "", "", "")]


def _wanted(source: SourceConfig) -> dict[str, set[str]]:
    """Names that a source's files must have for its own contract, by member of a pair if files come in pairs."""
    contract = Contract.from_yaml(source.contract)
    wanted: dict[str, set[str]] = {}
    for name in (variable.name for variable in (*contract.inputs, *contract.outputs)):
        for term in source.variables[name].terms:  # called ``standard_name:x`` where the source finds it so
            if term.name:
                wanted.setdefault(term.member, set()).add(term.name)
    return wanted
