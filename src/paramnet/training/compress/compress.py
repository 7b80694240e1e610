"""``compress``: prune a perceptron in the interaction basis, distil the large one into it, compare both."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from paramnet.contract import ParamnetError
from paramnet.files import require_writable_folder, sha256_of, write_json
from paramnet.reporting.progress import Progress
from paramnet.scheme import open_data
from paramnet.scheme.adapter_config import Distilled
from paramnet.scheme.checkpoint import MEMBER, SCHEME_PREFIX, Checkpoint, build_scheme, load_checkpoint
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.inside import compressed
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, InputConfig
from paramnet.store import Store
from paramnet.training.callbacks.saving import save
from paramnet.training.compress.comparison import row_of
from paramnet.training.compress.config import CompressConfig
from paramnet.training.config import TrainConfig
from paramnet.training.train import train

_log = logging.getLogger(__name__)

PRUNED, RECORD = "pruned.ckpt", "compress.json"


def compress(config: CompressConfig) -> Path:
    """Write ``pruned.ckpt``, train it as ``best.ckpt`` and ``last.ckpt``, and write ``compress.json``; returns that of the comparison.

    All are in ``config.output``; the checkpoints are ordinary ones. What is done is not repeated: an interrupted training is
    resumed as ``train`` does. Raises ParamnetError for a scheme that is not a plain perceptron, and as ``train`` does.
    """
    output = require_writable_folder(Path(config.output), "output")
    large = load_checkpoint(config.checkpoint)
    store = open_data(large, config.store)
    pruned, layers = _pruned(config, large, store, output / PRUNED)
    with torch.random.fork_rng(devices=[]):
        result = train(_training(config, large, store, pruned))
    rows = {
        name: row_of(path, store, config.validate_on or "train")
        for name, path in {"large": config.checkpoint, "pruned": str(pruned), "distilled": str(result.best_checkpoint)}.items()
    }
    write_json(output / RECORD, {**_settings(config), "layers": layers, "networks": rows})
    return output / RECORD


def _settings(config: CompressConfig) -> dict[str, Any]:
    """What determines the pruned network."""
    return {
        "checkpoint_sha256": sha256_of(Path(config.checkpoint)),
        **{name: getattr(config, name) for name in ("tolerance", "samples", "probes")},
    }


def _pruned(config: CompressConfig, large: Checkpoint, store: Store, target: Path) -> tuple[Path, list[dict[str, float]]]:
    """The smaller network before training, made or found, and what was left of each layer."""
    settings = {**_settings(config), "store": store.content}
    found = load_checkpoint(target).meta.get("compressed", {}) if target.is_file() else {}
    if found:
        if found["settings"] == settings:
            _log.info("%s: pruned before, reused", target)
            return target, found["layers"]
        if not config.overwrite:
            raise ParamnetError(
                f"output {config.output}",
                expected="the pruned network of this checkpoint, store and tolerance",
                got="one of other settings",
                where=str(target),
                remedy="choose another output, or set overwrite=true to replace it",
            )
    scheme = large.scheme
    inputs = torch.from_numpy(np.asarray(store.split("train").inputs[: config.samples], dtype=np.float32))
    with Progress("columns") as progress:
        show = progress.task("prune", len(inputs))
        with torch.no_grad():
            z = torch.cat([scheme.prepare(part) for part in inputs.split(8192)])
        model = ModelConfig.read(large.meta["model"])
        smaller = compressed(scheme.network, model, z, scheme.denormalizer.std > 0, config.tolerance, config.probes, show)
    meta = {key: value for key, value in large.meta.items() if key not in ("epoch", "path", "adapters", "scores")}
    meta |= {"model": asdict(smaller.model), "adapters": {}, "scores": {}}
    meta["compressed"] = {"settings": settings, "layers": smaller.layers}
    made = build_scheme(meta)
    weights = {key: value for key, value in scheme.state_dict().items() if not key.startswith("network.")}
    made.load_state_dict(weights | {f"network.{key}": value for key, value in smaller.weights.items()})
    state = {SCHEME_PREFIX + key: value for key, value in made.state_dict().items()}
    save({"state_dict": state, "epoch": 0, MEMBER: meta}, target)
    return target, smaller.layers


def _training(config: CompressConfig, large: Checkpoint, store: Store, pruned: Path) -> TrainConfig:
    """The distillation as a run of ``train``."""
    meta = large.meta
    return TrainConfig(
        store=str(store.path),
        output=config.output,
        model=ModelConfig.read(meta["model"]),
        features=[FeatureConfig(**feature) for feature in meta["features"]],
        constraints=[ConstraintConfig(**constraint) for constraint in meta["constraints"]],
        inputs=InputConfig.of_checkpoint(meta),
        adapters=Distilled(base=str(pruned), teacher=config.checkpoint, share=config.share),
        linear_baseline=False,
        **{name: getattr(config, name) for name in ("loss", "trainer", "logger", "fit_on", "validate_on", "seed", "resume", "overwrite")},
    )
