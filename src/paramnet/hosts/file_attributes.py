"""Global attributes of a run's files: what ran, with which scheme and by which command, and what ACDD asks of a file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import netCDF4

from paramnet import __version__
from paramnet.hosts.stretches import SERIES
from paramnet.reporting.netcdf import CONVENTIONS
from paramnet.sources.netcdf import append_to_netcdf

KEYWORDS = "climate model, convection, machine learning"
SUMMARIES = {
    "history.nc": "Means over a day of a climate model whose convection is computed by its own scheme or by a learned one.",
    "frequent.nc": "Means over a few hours of a climate model whose convection is computed by its own scheme or by a learned one.",
    "record.nc": "Inputs and outputs of the convection of a climate model, recorded to train a scheme.",
}


def annotate(folder: Path, known: Mapping[str, str | int]) -> None:
    """Add attributes to the files of a completed stretch in ``folder``. known : further global attributes, such as mode and seed.

    Values are unchanged. Variables get what they lack of ``long_name`` and ``coverage_content_type``. Runs in parallel threads may
    end together, so the files are opened by one thread at a time.
    """
    program = Path(sys.argv[0]).name if sys.argv else ""
    command = shlex.join([program, *sys.argv[1:]]) if program == "paramnet" else program
    for name in SERIES:
        if (folder / name).is_file():
            with append_to_netcdf(folder / name) as file:
                given = {"summary": SUMMARIES[name], "keywords": KEYWORDS, "command": command, "paramnet_version": __version__, **known}
                file.setncatts({"Conventions": CONVENTIONS, **given})
                for variable in file.variables.values():
                    _describe(variable, set(file.dimensions))


def _describe(variable: netCDF4.Variable, dimensions: set[str]) -> None:
    attributes = variable.ncattrs()
    if "long_name" not in attributes and "standard_name" in attributes:
        variable.long_name = variable.standard_name.replace("_", " ")
    if variable.name not in dimensions and "long_name" in attributes:  # a field; bounds have no attributes of their own
        variable.coverage_content_type = "modelResult"
