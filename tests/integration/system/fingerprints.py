"""Fingerprints of a command's results without dates and durations: equal for two runs that computed the same bits."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import torch

_TIMES = ("created", "date", "exported", "seconds", "wall", "elapsed", "ms", "started", "finished", "modified", "host_sha256")


def _digest(parts: list[tuple[str, bytes]]) -> str:
    total = hashlib.sha256()
    for name, content in sorted(parts):
        total.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def timeless(value: Any) -> Any:
    """A JSON value without dates, durations and absolute paths."""
    if isinstance(value, dict):
        return {key: timeless(part) for key, part in value.items() if not any(word in key for word in _TIMES)}
    if isinstance(value, list):
        return [timeless(part) for part in value]
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def of_store(folder: Path) -> str:
    """Every array of a store."""
    return _digest([(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("c/**/*") if path.is_file()])


def of_training(folder: Path) -> str:
    """Weights of every checkpoint."""
    parts = []
    for path in folder.rglob("*.ckpt"):
        state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
        parts += [(f"{path.relative_to(folder)}/{key}", tensor.numpy().tobytes()) for key, tensor in state.items()]
    return _digest(parts)


def of_evaluation(folder: Path) -> str:
    """The scores."""
    table = timeless(json.loads((folder / "skill.json").read_text()))
    table.pop("provenance", None)
    return _digest([("skill", json.dumps(table, sort_keys=True).encode())])


def of_scheme(file: Path) -> str:
    """Every member of the archive except its manifest's provenance."""
    with zipfile.ZipFile(file) as archive:
        members = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    manifest = timeless(json.loads(members.pop("extra/paramnet.json")))
    manifest.pop("provenance", None)
    manifest.pop("checks", None)
    return _digest([*members.items(), ("manifest", json.dumps(manifest, sort_keys=True).encode())])


def of_histories(folder: Path) -> str:
    """Every variable of every history and record of coupled runs."""
    parts = []
    for path in [path for path in folder.rglob("*.nc") if "chunks" not in path.parts]:
        with netCDF4.Dataset(path) as dataset:
            dataset.set_auto_mask(False)
            parts += [
                (f"{path.relative_to(folder)}/{name}", np.asarray(variable[...]).tobytes()) for name, variable in dataset.variables.items()
            ]
    assert parts, f"no histories in {folder}"
    return _digest(parts)


def of_demo(folder: Path) -> str:
    """All results of the demo."""
    parts = [
        of_store(folder / "store"),
        of_training(folder / "train"),
        of_evaluation(folder / "evaluation"),
        of_scheme(folder / "scheme.pt"),
        of_histories(folder / "online"),
    ]
    return _digest([(str(number), part.encode()) for number, part in enumerate(parts)])
