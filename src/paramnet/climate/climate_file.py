"""The climate of a run in one small netCDF file, which a later comparison reads in place of the run's output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.climate.climate import FIELDS, PERCENTILES, RAIN_EDGES, Climate
from paramnet.climate.comparison_dataset import ALL_FIELDS, units_of
from paramnet.climate.dataset import run_identity
from paramnet.climate.diagnostics import Diagnosed
from paramnet.climate.history import History, HistoryGrid
from paramnet.climate.waves import WaveSpectrum
from paramnet.contract import ParamnetError
from paramnet.files import replacing
from paramnet.reporting.netcdf import Variables, encoding, results

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
FORMAT = 1
_MARK = "paramnet_climate_format"
_RECORDS = ("numbers", "constants", "run_summary", "identity")  # attributes in JSON
_SPECTRA = ("symmetric", "antisymmetric", "background")
SUMMARY = (
    "Climate of one run of a climate model: daily zonal means of all its days, and over the days of one window the rain, its spectra, the "
    "variability of heating and the diagnostics as numbers."
)


@dataclass(frozen=True)
class ClimateFile:
    """The climate of a run as written by ``write_climate``: a History whose means over one window are known, without its output.

    ``segment_days`` : of the wave spectra. ``lenient`` : as of the run. The samples of the column energy are not in the file.
    """

    name: str
    path: Path
    climate: Climate
    diagnosed: Diagnosed
    segment_days: int
    lenient: bool
    records: dict[str, dict[str, Any]]
    failure: str = ""

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    @property
    def grid(self) -> HistoryGrid:
        return self.climate.grid

    @property
    def summary(self) -> dict[str, Any]:
        return self.records["run_summary"]

    @property
    def constants(self) -> dict[str, float]:
        return self.records["constants"]

    @property
    def identity(self) -> dict[str, Any]:
        """Mode, host, seed and hash of the scheme of the run."""
        return self.records["identity"]

    @property
    def left_out(self) -> dict[str, str]:
        return {}

    @property
    def recorded_days(self) -> int:
        """Number of daily means of the run."""
        return self.climate.days

    def variables(self) -> set[str]:
        """Names of the fields in the file."""
        return set(self.climate.zonal)

    def days(self, name: str) -> Iterator[Floats]:
        """The output of the run is not there: raises ParamnetError."""
        raise ParamnetError(
            name, expected="the output of a run", got="a climate file", where=str(self.path), remedy="give the run's folder"
        )

    def over(self, first_day: int, last_day: int, segment_days: int) -> Climate:
        """The climate over a window. Raises ParamnetError unless the file was written for it, and for these segments of the spectra."""
        assert self.climate.window is not None
        wanted, found = (first_day, last_day, segment_days), (*self.climate.window, self.segment_days)
        if wanted != found:
            raise ParamnetError(
                f"run {self.name}",
                expected=f"days {first_day} to {last_day} and wave segments of {segment_days} days, as the comparison",
                got=f"a climate file of days {found[0]} to {found[1]} and segments of {found[2]}",
                where=str(self.path),
                remedy=f"set first_day={found[0]} last_day={found[1]} wave_segment_days={found[2]}, or give the run itself",
            )
        return self.climate


def is_climate_file(path: Path) -> bool:
    """Return True for a file of ``write_climate``, of any format."""
    try:
        with netCDF4.Dataset(path) as file:
            return _MARK in file.ncattrs()
    except OSError:
        return False


def write_climate(path: Path, run: History, diagnosed: Diagnosed, segment_days: int, provenance: dict[str, Any]) -> None:
    """Write the climate of a run that reached the end of its window. A run that came from a climate file gives that file's records."""
    records = {
        "numbers": diagnosed.numbers,
        "constants": run.constants,
        "run_summary": run.summary,
        "identity": identity_of(run),
    }
    dataset = _dataset(diagnosed, provenance)
    dataset.attrs |= {name: json.dumps(record) for name, record in records.items()}
    dataset.attrs |= {_MARK: FORMAT, "wave_segment_days": segment_days, "lenient": int(run.lenient), "vertical": run.grid.vertical}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        dataset.to_netcdf(part, encoding=encoding(dataset))


def read_climate(name: str, path: Path) -> ClimateFile:
    """Read a file of ``write_climate``. Raises ParamnetError for another format or a damaged file."""
    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            known = {key: file.getncattr(key) for key in file.ncattrs()}
            values = {key: np.asarray(one[:], np.float64) for key, one in file.variables.items()}
        if known.get(_MARK) != FORMAT:
            raise ParamnetError(
                f"run {name}",
                expected=f"a climate file of format {FORMAT}",
                got=f"format {known.get(_MARK)}",
                where=str(path),
                remedy="read it with the paramnet that wrote it, or give the run itself",
            )
        records = {key: json.loads(known[key]) for key in _RECORDS}
        diagnosed = _diagnosed(name, known, values, records["numbers"])
        return ClimateFile(name, path, diagnosed.climate, diagnosed, int(known["wave_segment_days"]), bool(known["lenient"]), records)
    except (OSError, KeyError, ValueError) as error:
        remedy = "copy it again, or give the run itself"
        raise ParamnetError(
            f"run {name}", expected="a climate file", got=f"a damaged one ({error})", where=str(path), remedy=remedy
        ) from error


def identity_of(run: History) -> dict[str, Any]:
    """``mode``, ``scheme_sha256``, ``host`` and ``seed`` of a run, or of the run that a climate file was made of."""
    return run.identity if isinstance(run, ClimateFile) else run_identity(run.folder, run.summary)


def _dataset(diagnosed: Diagnosed, provenance: dict[str, Any]) -> xr.Dataset:
    climate = diagnosed.climate
    grid = climate.grid
    assert climate.window is not None
    axes: dict[str, tuple[Any, str, str]] = {
        "latitude": (grid.latitude, "latitude", "degrees_north"),
        "longitude": (grid.longitude, "longitude", "degrees_east"),
        "level": (grid.sigma, grid.vertical, "1"),
        "interface": (grid.sigma_interface, "level interfaces", "1"),
        "percentile": (np.asarray(PERCENTILES), "percentile", "%"),
    }
    fields: Variables = {}
    for field in ALL_FIELDS:
        if field.name in climate.zonal:
            mean = climate.zonal[field.name].astype(np.float32)
            dims = ("day", "level", "latitude")[:: 1 if mean.ndim == 3 else 2]
            fields[f"zonal_{field.name}"] = (dims, mean, {"long_name": f"{field.long_name}, zonal mean", "units": units_of(field.units)})
    arrays: dict[str, tuple[tuple[str, ...], Floats | None, str, str]] = {
        "area": (("latitude",), grid.area, "area fraction of the latitude band", "1"),
        "land": (("latitude", "longitude"), grid.land, "land fraction", "1"),
        "rain_map": (("latitude", "longitude"), climate.rain_map, "precipitation, time mean", "mm day-1"),
        "rain_share": (("rain_class",), climate.rain_share, "fraction of area and days in each class of daily rain", "1"),
        "rain_percentiles": (("percentile",), climate.rain_percentiles, "percentiles of daily rain", "mm day-1"),
        "heating_std": (("level", "latitude"), diagnosed.heating_std, "standard deviation of heating in time and longitude", "K day-1"),
        "short_rain_share": (("rain_class",), diagnosed.rain_share, "fraction of area and time in each class of rain of short means", "1"),
    }
    if waves := diagnosed.waves:
        axes |= {"frequency": (waves.frequency, "frequency", "day-1"), "wavenumber": (waves.wavenumber, "zonal wavenumber, eastward", "1")}
        for part in _SPECTRA:
            arrays[f"wave_{part}"] = (("frequency", "wavenumber"), getattr(waves, part), f"power of tropical rain, {part}", "mm2 day-2")
    for name, (dims, values, label, units) in arrays.items():
        if values is not None:
            kept = values.astype(np.float32) if values.ndim > 1 else values
            fields[name] = (dims, kept, {"long_name": label, "units": units})
    coordinates: Variables = {
        name: ((name,), values, {"long_name": label, "units": units}) for name, (values, label, units) in axes.items()
    }
    known = {**provenance, "first_day": climate.window[0], "last_day": climate.window[1]}
    return results(fields, coordinates, title=f"Climate of run {climate.name}", summary=SUMMARY, keywords="climate model", known=known)


def _diagnosed(name: str, known: dict[str, Any], values: dict[str, Floats], numbers: dict[str, Any]) -> Diagnosed:
    latitude, longitude, sigma, interface = (values[one] for one in ("latitude", "longitude", "level", "interface"))
    grid = HistoryGrid(latitude, longitude, sigma, interface, values.get("land"), values.get("area"), known["vertical"])
    zonal = {field.name: values[f"zonal_{field.name}"] for field in ALL_FIELDS if f"zonal_{field.name}" in values}
    if not zonal or len(values.get("rain_share", RAIN_EDGES[1:])) != len(RAIN_EDGES) - 1:
        raise ValueError(f"zonal means of {FIELDS[0].name} or others, and {len(RAIN_EDGES) - 1} classes of rain are expected")
    window = (int(known["first_day"]), int(known["last_day"]))
    rain_map, share, percentiles = (values.get(one) for one in ("rain_map", "rain_share", "rain_percentiles"))
    climate = Climate(name, grid, len(next(iter(zonal.values()))), window, zonal, rain_map, share, percentiles)
    waves = None
    if "wave_symmetric" in values:
        symmetric, antisymmetric, background = (values[f"wave_{part}"] for part in _SPECTRA)
        wavenumber, segments = values["wavenumber"].astype(np.int64), numbers["waves"]["segments"]
        waves = WaveSpectrum(values["frequency"], wavenumber, symmetric, antisymmetric, background, segments)
    return Diagnosed(climate, values.get("heating_std"), values.get("short_rain_share"), waves, None, numbers)
