"""``export``: writes the artefact only if it computes what was trained, on real columns."""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.datasets import load_split
from paramnet.export.config import ExportConfig
from paramnet.export.manifest import build_manifest
from paramnet.export.torchscript import compile_scheme, load_scheme, save_scheme
from paramnet.store import open_store
from paramnet.training import Checkpoint, load_checkpoint

_log = logging.getLogger(__name__)
# What float32 should reach; merely reordering the sums of a 9 x 256 network moves values by half as much. Beyond it the
# file is still written, with a warning: how far rounding reaches varies a little from one trained network to the next.
AIMS = {"float64_rms": 3e-6, "float64_max": 5e-5}


def export(config: ExportConfig) -> Path:
    """Write ``scheme.pt`` for a checkpoint and return its path.

    The module as a host will load it is compared with the trained one and with a float64 evaluation, on real samples.
    Raises ParamnetError, and leaves nothing behind, when it differs beyond tolerance; ContractMismatch when the store
    to check on has another contract than the checkpoint.
    """
    checkpoint = load_checkpoint(config.checkpoint)
    store = open_store(config.store or checkpoint.meta["store"]["path"])
    store.require_contract(checkpoint.contract, f"checkpoint {config.checkpoint}")
    inputs = load_split(store.split(config.split), 0, config.samples).inputs
    output = Path(config.output)
    candidate = output.with_name(output.name + ".candidate")
    script = compile_scheme(checkpoint.scheme)
    try:
        save_scheme(script, build_manifest(checkpoint, config.name, config.skill, {}), candidate)
        # What is compared is what a host would load: the file, not the module it was written from.
        checks = compare(load_scheme(candidate)[0], checkpoint, inputs)
        _require_close(checks, config)
        save_scheme(script, build_manifest(checkpoint, config.name, config.skill, checks), output)
    finally:
        candidate.unlink(missing_ok=True)
    for key, aim in AIMS.items():
        if checks[key] > aim:
            _log.warning("%s: %s is %.1e standard deviations in %s, above %.0e", output, key, checks[key], checks["worst_output"], aim)
    _log.info("%s: float64 rms %.1e, max %.1e on %d columns", output, checks["float64_rms"], checks["float64_max"], checks["columns"])
    return output


@torch.inference_mode()
def compare(script: torch.nn.Module, checkpoint: Checkpoint, inputs: Tensor) -> dict[str, Any]:
    """Largest differences over columns, in standard deviations of each output.

    ``trained_max`` against the trained module in float32, ``float64_rms`` and ``float64_max`` against it in float64
    (worst output column); ``worst_output`` names where.
    """
    std = torch.tensor(checkpoint.statistics("outputs").std)
    std = torch.where(std > 0, std, torch.ones_like(std))
    exported = script(inputs).double()
    difference = (exported - checkpoint.scheme(inputs).double()).abs() / std
    exact = copy.deepcopy(checkpoint.scheme).double()(inputs.double())
    departure = (exported - exact).abs() / std
    worst = int(departure.amax(dim=0).argmax())
    names = [name for name, columns in checkpoint.contract.output_columns.items() for _ in range(columns.stop - columns.start)]
    # The batch may be cut anywhere: a module that noticed would have a batch size baked in.
    halves = torch.cat([script(inputs[: len(inputs) // 3]), script(inputs[len(inputs) // 3 :])]).double()
    return {
        "columns": len(inputs),
        "trained_max": float(difference.max()),
        "split_batch_max": float(((halves - exported).abs() / std).max()),
        "float64_rms": float(departure.pow(2).mean(dim=0).sqrt().max()),
        "float64_max": float(departure.max()),
        "worst_output": names[worst],
        "finite": bool(torch.isfinite(exported).all()),
    }


def _require_close(checks: dict[str, Any], config: ExportConfig) -> None:
    if not checks["finite"]:
        raise ParamnetError(
            f"export {config.output}: expected finite outputs on {checks['columns']} real columns, got others; look at the training log"
        )
    for key, bound in (
        ("trained_max", config.max_against_trained),
        ("split_batch_max", config.max_against_trained),
        ("float64_rms", config.rms),
        ("float64_max", config.max),
    ):
        if not checks[key] <= bound:
            raise ParamnetError(
                f"export {config.output}: expected {key} <= {bound:g} standard deviations on {checks['columns']} real columns, got "
                f"{checks[key]:.2e} (worst in {checks['worst_output']}); nothing was written: retrain, or raise the bound if you mean it"
            )
