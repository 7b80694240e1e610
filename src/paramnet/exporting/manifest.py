"""The manifest ``paramnet.json``: everything a host needs to know about a scheme before running it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

import paramnet
from paramnet.contract import Contract, ParamnetError, Variable, remembered
from paramnet.exporting.archive import FORMAT
from paramnet.exporting.envelope import envelope
from paramnet.exporting.first_step import MEMORY
from paramnet.exporting.smoothness import smoothness
from paramnet.scheme import Checkpoint
from paramnet.scheme.networks import ModelConfig, flop_per_column, parameter_count
from paramnet.scheme.normalization import InputConfig


def _rows(variables: tuple[Variable, ...], columns: dict[str, slice]) -> list[dict[str, Any]]:
    return [
        {
            "name": variable.name,
            "standard_name": variable.standard_name,
            "units": variable.units,
            "profile": variable.is_profile,
            "offset": columns[variable.name].start,
            "size": columns[variable.name].stop - columns[variable.name].start,
        }
        for variable in variables
    ]


def _skill(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        skill: dict[str, Any] = json.loads(Path(path).read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise ParamnetError(
            "skill",
            expected="the skill.json of `paramnet evaluate`",
            got=f"an unreadable file ({error})",
            where=path,
            remedy='run `paramnet evaluate`, or set skill=""',
        ) from error
    return skill


def contract_manifest(contract: Contract, name: str) -> dict[str, Any]:
    """The part of a manifest that follows from the contract alone. ``name`` : "" for the contract's."""
    return {
        "format": FORMAT,
        "name": name or contract.name,
        "contract": contract.to_dict(),
        "contract_digest": contract.digest,
        "inputs": _rows(contract.inputs, contract.input_columns),
        "outputs": _rows(contract.outputs, contract.output_columns),
        "memory": [asdict(row) for row in remembered(contract)],
        "state": [],
        "random_numbers": 0,
        "vertical_grid": contract.vertical_grid.to_dict(),
        "constants": dict(contract.constants),
        "torch_version": torch.__version__.split("+")[0],
    }


def network_summary(checkpoint: Checkpoint) -> dict[str, Any]:
    """``manifest["network"]``: kind, contract dimensions that it treats separately, and cost."""
    model = ModelConfig.read(checkpoint.meta["model"])
    return {
        "kind": model.kind,
        "dims": list(model.dims),
        "members": model.size,
        "head": model.member_head.kind,
        "parameters": parameter_count(checkpoint.scheme),
        "flop_per_column": flop_per_column(checkpoint.scheme, checkpoint.scheme.width),
    }


def build_manifest(checkpoint: Checkpoint, name: str, skill: str, training_inputs: NDArray[Any]) -> dict[str, Any]:
    """The manifest of a checkpoint, without the entries added on writing (checks, members).

    skill : a skill.json or "". training_inputs : (column, n_in), contract units, for the guard's distance.
    """
    path = Path(checkpoint.meta["path"])
    inputs, outputs = checkpoint.statistics("inputs"), checkpoint.statistics("outputs")
    return contract_manifest(checkpoint.contract, name) | {
        "envelope": envelope(checkpoint.contract, inputs, outputs, training_inputs, InputConfig.of_checkpoint(checkpoint.meta)),
        "provenance": {
            "checkpoint": path.name,
            "checkpoint_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "epoch": checkpoint.meta["epoch"],
            "store": checkpoint.meta["store"],
            "training": checkpoint.meta["training"],
            "model": checkpoint.meta["model"],
            "features": checkpoint.meta["features"],
            "constraints": checkpoint.meta["constraints"],
            "inputs": checkpoint.meta.get("inputs", {}),
            **({"compressed": checkpoint.meta["compressed"]} if "compressed" in checkpoint.meta else {}),
            "paramnet_version": paramnet.__version__,
            "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        "network": network_summary(checkpoint),
        "smoothness": smoothness(checkpoint.scheme, training_inputs),
        "state": [{"name": MEMORY, "start": [0.0] * checkpoint.scheme.memory}] if checkpoint.scheme.memory else [],
        "random_numbers": checkpoint.scheme.noise,
        "skill": {"validation": checkpoint.meta["scores"], **_skill(skill)},
    }
