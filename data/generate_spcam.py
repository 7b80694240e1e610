"""Write SYNTHETIC daily files in the schema of SPCAM 3's h1 history, as many and as large as wanted: input for benchmarks and tests.

    python data/generate_spcam.py output=runs/spcam_8gb gigabytes=8
    python data/generate_spcam.py output=/tmp/spcam days=10 latitudes=8 longitudes=16 bulk=false

The units of VAP and PRECTEND lie as they do in the real files. Files that stand already are kept, so a run that was cut
short continues; each appears under its name only when it is whole.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import netCDF4
import numpy as np
from synthetic_columns import SyntheticAtmosphere

from paramnet.contract import Contract, ParamnetError

# variable -> units as the real files state them; the first group is what a scheme is trained on
PROFILES = {"TAP": "K", "QAP": "kg/kg", "VAP": "kg/kg", "TPHYSTND": "K/s", "PHQ": "kg/kg/s"}
SURFACES = {name: "W/m2" for name in ("SOLIN", "SHFLX", "LHFLX", "FSNT", "FSNS", "FLNT", "FLNS")} | {"PS": "Pa", "PRECT": "m/s"}
RADIATION = {"QRL": "K/s", "QRS": "K/s"}
BULK = {  # units, mean, spread: about two thirds of a real file are of no use to the scheme
    "UAP": ("m/s", 10.0, 12.0),
    "QCAP": ("kg/kg", 2e-5, 5e-6),
    "QIAP": ("kg/kg", 1e-5, 3e-6),
    "DTV": ("K/s", 0.0, 1e-5),
    "VD01": ("kg/kg/s", 0.0, 1e-8),
    "PHCLDLIQ": ("kg/kg/s", 0.0, 1e-9),
    "PHCLDICE": ("kg/kg/s", 0.0, 1e-9),
    "OMEGA": ("Pa/s", 0.0, 0.1),
    "RELHUM": ("percent", 50.0, 10.0),
    "CLOUD": ("fraction", 0.3, 0.05),
    "Z3": ("m", 12000.0, 100.0),
}
STEPS_PER_DAY, DAYS_PER_YEAR, MONTHS = 48, 365, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass
class Archive:
    """What to write: ``days`` files from day ``first_day`` (0 is 0000-01-01, no leap years), or as many as make ``gigabytes``.

    ``bulk`` : with the profiles no scheme needs, as real files have them (880 MB a day on 64 x 128); without them 240 MB.
    """

    output: str
    days: int = 2
    gigabytes: float = 0.0
    first_day: int = 0
    latitudes: int = 64
    longitudes: int = 128
    bulk: bool = True
    seed: int = 0
    workers: int = 2

    def __post_init__(self) -> None:
        if min(self.days, self.latitudes, self.longitudes, self.workers) < 1 or self.first_day < 0 or self.gigabytes < 0:
            raise ParamnetError(f"generate_spcam: expected counts of 1 or more, got {self}")
        if self.gigabytes:
            profiles = len(PROFILES) + (len(RADIATION) + len(BULK)) * self.bulk
            day = 4 * STEPS_PER_DAY * self.latitudes * self.longitudes * (30 * profiles + len(SURFACES) + 2)
            self.days = -int(-self.gigabytes * 1e9 // day)

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> Archive:
        """From ``key=value`` arguments."""
        kinds = {
            f.name: {"str": str, "int": int, "float": float, "bool": lambda text: text.lower() == "true"}[str(f.type)] for f in fields(cls)
        }
        table = dict(argument.partition("=")[::2] for argument in arguments)
        unknown = sorted(set(table) - set(kinds))
        if unknown or "output" not in table:
            raise ParamnetError(
                f"generate_spcam: expected output=FOLDER and {sorted(set(kinds) - {'output'})} as key=value, got {arguments}"
            )
        return cls(**{key: kinds[key](value) for key, value in table.items()})


def file_name(day: int) -> str:
    """The name of a day's file, noleap calendar."""
    year, rest = divmod(day, DAYS_PER_YEAR)
    ends = np.cumsum(MONTHS)
    month = int(np.searchsorted(ends, rest, side="right"))
    return f"synthetic.cam2.h1.{year:04d}-{month + 1:02d}-{rest - (int(ends[month]) - MONTHS[month]) + 1:02d}-00000.nc"


def write_day(archive: Archive, day: int) -> Path:
    """Write one day's file and return its path."""
    path = Path(archive.output) / file_name(day)
    if path.exists():
        return path
    contract = Contract.from_yaml("rasp2018")
    air = SyntheticAtmosphere(contract, archive.latitudes, archive.longitudes, archive.seed)
    part = path.with_suffix(".part")
    with netCDF4.Dataset(part, "w", format="NETCDF3_64BIT_OFFSET") as dataset:
        dataset.setncatts({
            "Conventions": "CF-1.0",
            "source": "SYNTHETIC: random numbers in the schema of CAM (SPCAM 3); not the output of any model",
            "title": "SYNTHETIC test input",
            "history": f"data/generate_spcam.py seed={archive.seed} day={day}",
        })  # fmt: skip
        _write_header(dataset, contract, air, archive.bulk)
        for index in range(STEPS_PER_DAY):
            step = day * STEPS_PER_DAY + index
            values = air.step(step, STEPS_PER_DAY) | (air.bulk(step, BULK) if archive.bulk else {})
            values |= {"LANDFRAC": np.zeros_like(values["PS"]), "PRECTEND": values["PRECT"] * 1000}
            dataset["time"][index] = step / STEPS_PER_DAY
            for name in values.keys() & dataset.variables.keys():
                dataset[name][index] = values[name]
    part.rename(path)
    return path


def _write_header(dataset: netCDF4.Dataset, contract: Contract, air: SyntheticAtmosphere, bulk: bool) -> None:
    grid = contract.vertical_grid
    sizes = {"time": None, "lev": grid.n_levels, "ilev": grid.n_levels + 1, "lat": air.latitudes, "lon": air.longitudes}
    for name, size in sizes.items():
        dataset.createDimension(name, size)
    fixed = {
        "P0": ((), 1e5, "Pa"),
        "lat": (("lat",), air.latitude, "degrees_north"),
        "lon": (("lon",), air.longitude, "degrees_east"),
        "gw": (("lat",), air.weights, "1"),
        "lev": (("lev",), grid.pressure(1e5) / 100, "level"),
        "ilev": (("ilev",), grid.interface_pressure(1e5) / 100, "level"),
        "hyam": (("lev",), np.array(grid.a_mid) / 1e5, "1"),
        "hybm": (("lev",), np.array(grid.b_mid), "1"),
        "hyai": (("ilev",), np.array(grid.a_interface) / 1e5, "1"),
        "hybi": (("ilev",), np.array(grid.b_interface), "1"),
    }
    profiles = PROFILES | (RADIATION | {name: row[0] for name, row in BULK.items()} if bulk else {})
    surfaces = SURFACES | {"LANDFRAC": "fraction", "PRECTEND": "m/s"}
    for name, (dims, _, units) in fixed.items():
        dataset.createVariable(name, "f8", dims).units = units
    for name, order in (("lev", "mid"), ("ilev", "interface")):
        a, b = ("hyam", "hybm") if order == "mid" else ("hyai", "hybi")
        dataset[name].setncatts({
            "standard_name": "atmosphere_hybrid_sigma_pressure_coordinate",
            "positive": "down",
            "formula_terms": f"a: {a} b: {b} p0: P0 ps: PS",
        })  # fmt: skip
    dataset.createVariable("time", "f8", ("time",)).setncatts({"units": "days since 0000-01-01 00:00:00", "calendar": "noleap"})
    for names, dims in ((profiles, ("time", "lev", "lat", "lon")), (surfaces, ("time", "lat", "lon"))):
        for name, units in names.items():
            dataset.createVariable(name, "f4", dims).setncatts({"units": units, "long_name": f"SYNTHETIC {name}"})
    for name, (_, values, _) in fixed.items():
        dataset[name][...] = values


def generate(archive: Archive) -> list[Path]:
    """Write every day that does not stand yet, ``workers`` at a time; returns all files."""
    Path(archive.output).mkdir(parents=True, exist_ok=True)
    days = range(archive.first_day, archive.first_day + archive.days)
    with ProcessPoolExecutor(archive.workers) as pool:
        return list(pool.map(write_day, [archive] * len(days), days))


if __name__ == "__main__":
    try:
        written = generate(Archive.from_arguments(sys.argv[1:]))
    except ParamnetError as error:
        sys.exit(str(error))
    print(f"{len(written)} files, {sum(path.stat().st_size for path in written) / 1e9:.2f} GB in {written[0].parent}")
