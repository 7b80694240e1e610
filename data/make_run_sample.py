"""The sample in data/coupled_run: daily means of coupled runs, every fourth meridian, a few fields.

    python data/make_run_sample.py RUNS data/coupled_run

RUNS : the output folder of `paramnet online coupled=plasim_climate`, with the runs control, floor and learned.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import xarray as xr

RUNS, MERIDIANS = ("control", "floor", "learned"), 4
FIELDS = ("air_temperature", "specific_humidity", "eastward_wind", "precipitation_flux", "toa_outgoing_longwave_flux", "land_area_fraction")
PACKED = {"zlib": True, "complevel": 9, "shuffle": True, "significant_digits": 4, "quantize_mode": "BitGroom"}


def thin(source: Path, target: Path) -> None:
    """Copy the wanted fields and meridians of a history file."""
    with xr.open_dataset(source, decode_times=False) as history:
        sample = history[[*FIELDS, "time_bounds", "ptop"]].isel(lon=slice(None, None, MERIDIANS)).load()
    sample.attrs["comment"] = f"every {MERIDIANS}th meridian, 4 significant digits"
    for variable in sample.variables.values():
        variable.encoding = {"_FillValue": None}
    sample.to_netcdf(target, encoding={name: {**PACKED, "_FillValue": None} for name in FIELDS}, unlimited_dims=["time"])


def main(source: Path, target: Path) -> None:
    """Histories, settings and counters of each run."""
    for name in RUNS:
        files = sorted((source / name).glob("history_*.nc"))
        if not files:
            sys.exit(f"{source / name}: expected history_*.nc, found none")
        (target / name).mkdir(parents=True, exist_ok=True)
        for path in files:
            thin(path, target / name / path.name)
        for record in ("run.json", "summary.json"):
            shutil.copyfile(source / name / record, target / name / record)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
