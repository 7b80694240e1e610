"""Provenance of a store: files, configuration, versions, and the fingerprint that decides if the store is up to date."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import paramnet
from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.config import PreprocessConfig

_HEAD_BYTES = 1 << 16
_PACKAGES = ("numpy", "netCDF4", "dask", "zarr")
_CODE = ("contract", "preprocessing", "store")
# paths, execution and tolerated errors, which do not change the result; the files are listed separately
_NOT_IN_THE_RESULT = ("input", "store", "cluster", "overwrite", "max_invalid_fraction", "on_bad_file", "quality_page")


class FileState(NamedTuple):
    """Name, size in bytes and time of last change (s); the last two are 0 for a missing file."""

    name: str
    size: int
    modified: float

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Return the current state of a file."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return cls(path.name, 0, 0.0)  # a missing partner is reported when the files are checked
        return cls(path.name, status.st_size, status.st_mtime)


def require_unchanged(paths: Sequence[Path], states: Sequence[FileState]) -> None:
    """Raise ParamnetError naming the first file whose state has changed."""
    for path, state in zip(paths, states, strict=True):
        now = FileState.of(path)
        if state != now:
            raise ParamnetError(
                path.name,
                expected=f"the file that was checked ({state.size} bytes)",
                got=f"one that was changed while it was read ({now.size} bytes)",
                where=str(path.parent),
                remedy="run again with overwrite=true when nothing writes to it",
            )


def describe_file(path: Path) -> dict[str, Any]:
    """Return name, size in bytes, time of last change (s) and SHA-256 of the first 64 KiB."""
    status = path.stat()
    with path.open("rb") as stream:
        digest = hashlib.sha256(stream.read(_HEAD_BYTES)).hexdigest()
    return {"name": path.name, "size": status.st_size, "modified": status.st_mtime, "sha256_head": digest}


def plain_config(config: PreprocessConfig) -> dict[str, Any]:
    """Return the part of the configuration that determines the contents of the store."""
    plain = {key: value for key, value in asdict(config).items() if key not in _NOT_IN_THE_RESULT}
    return plain | {"climates": list(config.climates)}


def fingerprint(config: PreprocessConfig, contract: Contract, states: list[FileState]) -> str:
    """Return a digest of configuration, contract and the files' names, sizes and times of change."""
    text = json.dumps([plain_config(config), contract.digest, states], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest() -> str:
    """Return the SHA-256 of the modules that make a store, so that any code change can be detected without git."""
    root, digest = Path(paramnet.__file__).parent, hashlib.sha256()
    for path in sorted(path for folder in _CODE for path in (root / folder).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def provenance(config: PreprocessConfig, files: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    """Return the provenance stored in the attributes of a store; the list of ``files`` itself is in the store's group ``sources``."""
    versions = {"python": platform.python_version(), "paramnet": paramnet.__version__}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    return {
        "fingerprint": identity,
        "seed": config.seed,
        "config": plain_config(config),
        "versions": versions,
        "code_sha256": code_digest(),
        "files": {
            "number": len(files),
            "bytes": sum(file["size"] for file in files),
            "sha256": hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest(),
        },
    }
