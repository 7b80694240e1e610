"""The results of a coupled run as an xarray Dataset with the provenance of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramnet.climate.history import read_run
from paramnet.contract import ParamnetError

if TYPE_CHECKING:
    import xarray as xr

SERIES = ("history", "frequent", "record")
_COSTS = {"teacher_ms_mean": "teacher_calls", "learned_ms_mean": "learned_calls"}  # a mean of no calls is no cost


def open_run(path: str | Path, series: str = "history") -> xr.Dataset:
    """Return the fields of a coupled run, read by Dask when they are used; the times are cftime objects.

    path : the folder of one run, such as runs/online/learned. series : ``history`` (daily means), ``frequent`` (means over a few hours) or
    ``record`` (samples for training). An unfinished or failed run has the days that it reached. ``latitude_weight`` (lat) is the area
    fraction of each latitude, for ``dataset.weighted(dataset.latitude_weight)``.

    Attributes say what ran: ``mode``, ``host``, ``seed``, ``scheme_sha256`` (empty without a scheme), ``failure`` (why the run ended early,
    else empty), and fractions and costs of its summary. Raises ParamnetError if there is no such run or series.
    """
    import xarray as xr

    folder = Path(path)
    if series not in SERIES:
        raise ParamnetError("series", expected=f"one of {', '.join(SERIES)}", got=repr(series))
    if not folder.is_dir():
        raise ParamnetError(f"run {folder}", expected="the folder of a coupled run", got="no such folder", remedy="check the path")
    run = read_run(folder.name, folder)
    files = run.files if series == "history" else [path for path in sorted(folder.glob(f"{series}_*.nc")) if path.stat().st_size]
    if not files:
        found = sorted(path.name for path in folder.glob("*.nc"))
        raise ParamnetError(f"run {folder}", expected=f"{series}_*.nc", got=", ".join(found) or "no files", remedy="choose another series")
    dataset = xr.open_mfdataset(
        [str(path) for path in files],
        combine="nested",
        concat_dim="time",
        chunks={"time": -1},
        data_vars="minimal",
        coords="minimal",
        compat="override",
        combine_attrs="override",
        decode_times=xr.coders.CFDatetimeCoder(use_cftime=True),
        decode_timedelta=False,
    )
    for coordinate in dataset.coords.values():
        coordinate.encoding["_FillValue"] = None  # which xarray would write, and CF does not allow
    weight = {"long_name": "area fraction of the latitude band, sums to 1", "units": "1"}
    weights = {"latitude_weight": ("lat", run.grid.latitude_weight, weight)} if run.files else {}
    return dataset.assign_coords(weights).assign_attrs(_provenance(folder, run.summary, run.failure))


def _provenance(folder: Path, summary: dict[str, Any], failure: str) -> dict[str, Any]:
    """What ran, as attributes that netCDF can hold."""
    known = {"run": folder.name, **run_identity(folder, summary), "failure": failure}
    chosen = {name: summary[name] for name in summary if name in ("days", "nonfinite") or name.endswith("_fraction")}
    chosen |= {name: summary.get(name) for name, calls in _COSTS.items() if summary.get(calls)}
    return known | {name: value for name, value in chosen.items() if value is not None}


def run_identity(folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """``mode``, ``scheme_sha256``, ``host`` and ``seed`` of a run; empty where neither run.json nor the summary says it."""
    record = folder / "run.json"
    try:
        identity = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        scheme, host = identity.get("scheme", {}), identity.get("host", {})
        mode, digest = scheme.get("mode", summary.get("mode", "")), scheme.get("scheme") or ""
    except (ValueError, AttributeError) as error:
        raise ParamnetError(f"{record}", expected="the settings of a run", got=f"a damaged file ({error})") from error
    known = {"mode": mode, "scheme_sha256": digest, "host": host.get("name", summary.get("host", ""))}
    return known | {"seed": identity.get("seed", summary.get("seed", ""))}
