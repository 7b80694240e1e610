"""Provenance of a store: files, configuration, versions, and the fingerprint that decides if the store is up to date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

import paramnet
from paramnet.contract import Contract
from paramnet.files import code_digest
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.reporting.provenance import versions
from paramnet.sources.file_state import FileState

_PACKAGES = ("numpy", "netCDF4", "dask", "zarr")
STORE_CODE = ("contract", "files", "sources", "preprocessing", "store")
# paths, execution and tolerated errors, which do not change the result; the files are listed separately
_NOT_IN_THE_RESULT = ("input", "store", "cluster", "overwrite", "max_invalid_fraction", "on_bad_file", "quality_page")


def plain_config(config: PreprocessConfig) -> dict[str, Any]:
    """Return the part of the configuration that determines the contents of the store."""
    plain = {key: value for key, value in asdict(config).items() if key not in _NOT_IN_THE_RESULT}
    if config.sequence == 1:
        del plain["sequence"]  # so that stores from before there were sequences are those of the same settings
    return plain | {"climates": list(config.climates)}


def fingerprint(config: PreprocessConfig, contract: Contract, states: list[FileState]) -> str:
    """Return a digest of configuration, contract and the files' names, sizes and times of change."""
    text = json.dumps([plain_config(config), contract.digest, states], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def provenance(config: PreprocessConfig, files: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    """Return the provenance stored in the attributes of a store; the list of ``files`` itself is in the store's group ``sources``."""
    return {
        "fingerprint": identity,
        "seed": config.seed,
        "config": plain_config(config),
        "versions": {"paramnet": paramnet.__version__, **versions(*_PACKAGES)},
        "code_sha256": code_digest(*STORE_CODE),
        "files": {
            "number": len(files),
            "bytes": sum(file["size"] for file in files),
            "sha256": hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest(),
        },
    }
