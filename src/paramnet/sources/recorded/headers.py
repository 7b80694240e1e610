"""What the files of a recording say of themselves: variables with their ranges, levels, constants, ranks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.sources.archive import find_files
from paramnet.sources.netcdf import Dataset, Variable, open_netcdf, read_complete
from paramnet.sources.readers.ranks import FIRST_RANK, files_of_ranks, number_of_ranks

COEFFICIENTS = ("a_mid", "b_mid", "a_interface", "b_interface")
_OWN = ("time_step_seconds", "tendency_interval_seconds", "paramnet_rank", "paramnet_ranks")  # numbers that are no constants


@dataclass
class RecordedVariable:
    """A variable of the files: ``low`` and ``high`` of all recorded values, in ``units``."""

    name: str
    standard_name: str
    units: str
    output: bool
    profile: bool
    low: float = np.inf
    high: float = -np.inf


@dataclass
class Recording:
    """The description that all files of a folder share. ``levels`` : coefficients by name, empty without a pressure coordinate."""

    scheme: str
    model: str
    time_step: float
    tendency_interval: float
    ranks: int
    has_area: bool
    levels: dict[str, list[float]]
    constants: dict[str, float]
    variables: dict[str, RecordedVariable]
    files: list[Path] = field(default_factory=list)


def read_recording(folder: Path) -> Recording:
    """Read the headers of all files in ``folder``.

    Raises ParamnetError naming a file that module paramnet_record has not written, that is of another recording, or of a missing rank.
    """
    firsts = find_files(str(folder), f"*{FIRST_RANK}")
    with open_netcdf(firsts[0]) as dataset:
        recording, layout = _described(dataset, firsts[0]), _layout(dataset, firsts[0])
    recording.files = [path for first in firsts for path in files_of_ranks(first, recording.ranks)]
    for path in recording.files:
        with open_netcdf(path) as dataset:
            if _layout(dataset, path) != layout:
                raise ParamnetError(
                    "paramnet_layout",
                    expected=f"the variables, levels and options of {firsts[0].name}",
                    got="others",
                    where=path.name,
                    remedy="keep the files of one recording in a folder of their own",
                )
            for name, variable in recording.variables.items():
                low, high = np.asarray(dataset[name].getncattr("actual_range"), dtype=np.float64)
                variable.low, variable.high = min(variable.low, float(low)), max(variable.high, float(high))
    return recording


def _layout(dataset: Dataset, path: Path) -> str:
    layout = getattr(dataset, "paramnet_layout", "")
    if not layout or not isinstance(layout, str):
        raise ParamnetError(
            "paramnet_layout",
            expected="this attribute, in files of the Fortran module paramnet_record",
            got="none",
            where=path.name,
            remedy="describe other files by a source of your own, as docs/guides/sources.md shows",
        )
    return layout


def _described(dataset: Dataset, path: Path) -> Recording:
    _layout(dataset, path)
    levels = {name: read_complete(dataset[name], path.name).tolist() for name in COEFFICIENTS if name in dataset.variables}
    return Recording(
        scheme=str(dataset.getncattr("paramnet_scheme")),
        model=str(getattr(dataset, "source", "")),
        time_step=float(dataset.getncattr("time_step_seconds")),
        tendency_interval=float(dataset.getncattr("tendency_interval_seconds")),
        ranks=number_of_ranks(dataset, path),
        has_area="area" in dataset.variables,
        levels=levels,
        constants=_constants(dataset),
        variables={name: _variable(dataset[name]) for name in dataset.variables if hasattr(dataset[name], "paramnet_role")},
    )


def _constants(dataset: Dataset) -> dict[str, float]:
    numbers: dict[str, Any] = {name: np.asarray(dataset.getncattr(name)) for name in dataset.ncattrs() if name not in _OWN}
    return {name: float(value.item()) for name, value in numbers.items() if value.dtype.kind == "f" and value.size == 1}


def _variable(variable: Variable) -> RecordedVariable:
    return RecordedVariable(
        name=variable.name,
        standard_name=str(getattr(variable, "standard_name", "")),
        units=str(variable.getncattr("units")),
        output=variable.getncattr("paramnet_role") == "output",
        profile="level" in variable.dimensions,
    )
