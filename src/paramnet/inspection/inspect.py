"""Recognise a scheme, checkpoint, run folder, store or netCDF file by its content, and report what is inside."""

from __future__ import annotations

import zipfile
from pathlib import Path

from paramnet.contract import ParamnetError, reading
from paramnet.exporting.archive import MANIFEST
from paramnet.inspection.checkpoint_file import inspect_checkpoint
from paramnet.inspection.netcdf_file import inspect_netcdf
from paramnet.inspection.report import Report
from paramnet.inspection.run_folder import inspect_run, kind_of_run
from paramnet.inspection.scheme_file import inspect_scheme
from paramnet.inspection.store_folder import inspect_store

_ZIP = b"PK"
_NETCDF = (b"CDF", b"\x89HDF")
_KINDS = "a complete scheme.pt, checkpoint, run folder, training store or netCDF file"


def inspect(path: str | Path, state: str | Path | None = None) -> Report:
    """Inspect a ``scheme.pt``, a checkpoint, the output folder of a command, a training store or a netCDF file.

    All but folders of runs, which have records of fixed names, are recognised by content.


    ``state`` : a .npy file of columns, (column, n_in) in contract units, at which to compute a scheme's linear response.
    Raises ParamnetError if the path is missing, damaged or something else.
    """
    path, state = Path(path), None if state is None else Path(state)
    if not path.exists():
        raise ParamnetError(str(path), expected=_KINDS, got="no file or folder", remedy="check the path")
    with reading(str(path), _KINDS, "copy or write it again"):
        return _inspect(path, state)


def _inspect(path: Path, state: Path | None) -> Report:
    if path.is_dir():
        return inspect_run(path) if not (path / "zarr.json").is_file() and kind_of_run(path) else inspect_store(path)
    if not path.is_file():
        raise ParamnetError(str(path), expected="a file or folder", got="a pipe or a device")
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_NETCDF):
        return inspect_netcdf(path)
    if start.startswith(_ZIP) or zipfile.is_zipfile(path):
        return inspect_checkpoint(path) if _is_checkpoint(path) else inspect_scheme(path, state)
    raise ParamnetError(str(path), expected=_KINDS, got=f"a file that starts with {start!r}")


def _is_checkpoint(path: Path) -> bool:
    """Return True for a file of ``torch.save``; a scheme.pt and TorchScript have other members."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.partition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "data.pkl" in names and MANIFEST not in names and not any(name.startswith("code/") for name in names)
