"""What the files of a recording say of themselves: variables with their ranges, levels, constants, ranks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.sources.archive import find_files
from paramnet.sources.checks import HALF_LEVELS
from paramnet.sources.netcdf import Dataset, Variable, open_netcdf, read_complete
from paramnet.sources.readers.ranks import FIRST_RANK, files_of_ranks, number_of_ranks

COEFFICIENTS = ("a_mid", "b_mid", "a_interface", "b_interface")
_REMEDY = "keep the files of each run in a folder of their own, and make the source from one of them"
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
    """The description that all files of a folder share.

    ``levels`` : coefficients by name, empty without a pressure coordinate. ``heights`` : of the levels, m, empty without.
    """

    scheme: str
    model: str
    time_step: float
    tendency_interval: float
    ranks: int
    has_area: bool
    levels: dict[str, list[float]]
    heights: list[float]
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
    _require_ranks(firsts[0].parent, recording.ranks)
    runs: dict[str, tuple[str, str]] = {}
    for path in recording.files:
        with open_netcdf(path) as dataset:
            if _layout(dataset, path) != layout:
                raise ParamnetError(
                    "paramnet_layout",
                    expected=f"the variables, levels and options of {firsts[0].name}",
                    got="others",
                    where=path.name,
                    remedy=_REMEDY,
                )
            _require_one_run(str(getattr(dataset, "paramnet_run", "")), path.name, runs)
            for name, variable in recording.variables.items():
                low, high = np.asarray(dataset[name].getncattr("actual_range"), dtype=np.float64)
                variable.low, variable.high = min(variable.low, float(low)), max(variable.high, float(high))
    return recording


def _require_one_run(run: str, name: str, runs: dict[str, tuple[str, str]]) -> None:
    """Require that all files of a rank are of one run. runs : of each rank, the first file and its run; this file is added."""
    first, its_run = runs.setdefault(name.rpartition("_r")[2], (name, run))
    if run != its_run:
        raise ParamnetError("paramnet_run", expected=f"files of one run, that of {first}", got="another run", where=name, remedy=_REMEDY)


def _require_ranks(folder: Path, ranks: int) -> None:
    """Require that no file is of a rank that the recording does not have: it is of another run, with more ranks."""
    for path in sorted(folder.glob("*_r[0-9]*.nc")):
        rank = re.search(r"_r(\d{4,})\.nc$", path.name)
        if rank and int(rank[1]) >= ranks:
            raise ParamnetError("paramnet_ranks", expected=f"files of {ranks} ranks", got="another rank", where=path.name, remedy=_REMEDY)


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
        heights=read_complete(dataset["height"], path.name).tolist() if "height" in dataset.variables else [],
        constants=_constants(dataset),
        variables={name: _variable(dataset[name], path) for name in dataset.variables if hasattr(dataset[name], "paramnet_role")},
    )


def _constants(dataset: Dataset) -> dict[str, float]:
    numbers: dict[str, Any] = {name: np.asarray(dataset.getncattr(name)) for name in dataset.ncattrs() if name not in _OWN}
    return {name: float(value.item()) for name, value in numbers.items() if value.dtype.kind == "f" and value.size == 1}


def _variable(variable: Variable, path: Path) -> RecordedVariable:
    if "interface" in variable.dimensions:
        expected, got = "time, level and column, or time and column", ", ".join(variable.dimensions)
        raise ParamnetError(variable.name, expected=expected, got=got, where=path.name, remedy=HALF_LEVELS)
    return RecordedVariable(
        name=variable.name,
        standard_name=str(getattr(variable, "standard_name", "")),
        units=str(variable.getncattr("units")),
        output=variable.getncattr("paramnet_role") == "output",
        profile="level" in variable.dimensions,
    )
