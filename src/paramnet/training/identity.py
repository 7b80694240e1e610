"""Identity of a training run: all settings and data that affect its result, compared before a folder is written to."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import differences, digest_of, listed, sha256_of
from paramnet.parts import Kind
from paramnet.scheme.adapter_config import AdapterConfig, Distilled, FromBase
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import OLD_KINDS, InputConfig
from paramnet.training.loss.config import LossConfig
from paramnet.training.schedule import ScheduleConfig
from paramnet.training.trainer_config import AverageConfig, TrainerConfig

# Settings of the trainer that may change when a run is resumed: length, speed, hardware and display.
FREE = (
    *("epochs", "early_stopping", "data", "threads", "accelerator", "devices", "nodes", "matmul", "compile", "deterministic"),
    *("checkpoint_every_minutes", "progress_bar"),
)
SHAPING = ("loss", "seed", "fit_on", "validate_on")  # in addition to model, features, constraints, inputs and adapters
OF_NETWORKS = ("trainer", "seed", "adapters")  # without effect on a linear network, which is fitted in closed form


def identity_of(description: dict[str, Any]) -> dict[str, Any]:
    """Identity of the run described by a checkpoint's metadata; ``store.content`` is "" for those of older versions."""
    training, store = description["training"], description["store"]
    adapters = {**description.get("adapters", {}), "base": description.get("base", "")}
    if description.get("teacher"):
        adapters["teacher"] = description["teacher"]
    identity = {
        "contract": description["contract_digest"],
        "store": {"content": store.get("content", ""), "statistics": store.get("statistics") or digest_of(description["statistics"])},
        **{name: description[name] for name in ("model", "features", "constraints")},
        "inputs": asdict(InputConfig.of_checkpoint(description)),
        "adapters": adapters,
        **{name: training[name] for name in SHAPING if name in training},
        "trainer": {key: value for key, value in training["trainer"].items() if key not in FREE},
    }
    if description["model"]["kind"] == "linear" and not description.get("base"):
        identity = {key: value for key, value in identity.items() if key not in OF_NETWORKS}
    plain: dict[str, Any] = json.loads(json.dumps(identity))
    return plain


def base_digest(config: AdapterConfig) -> str:
    """SHA-256 of the checkpoint fine-tuning starts from; "" without one."""
    return sha256_of(Path(config.base)) if isinstance(config, FromBase) else ""


def teacher_digest(config: AdapterConfig) -> str:
    """SHA-256 of the checkpoint whose outputs are learned; "" without one."""
    return sha256_of(Path(config.teacher)) if isinstance(config, Distilled) else ""


def require_same_run(then: dict[str, Any], now: dict[str, Any], what: str, where: str, remedy: str) -> None:
    """Raise ParamnetError if two identities differ, with each differing setting and both values."""
    changed = changes(then, now)
    if changed:
        got = f"others ({listed(changed)})"
        raise ParamnetError(what, expected="the settings and data it was made with", got=got, where=where, remedy=remedy)


def changes(then: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Settings that differ.

    A key unknown to an older version has its default; a key of ``inputs`` has what that version did. Old names of features equal
    the new ones.
    """
    free = {"store.statistics"} if then["store"].get("content") and now["store"].get("content") else {"store.content"}
    if then.get("adapters") and not then["adapters"].get("base"):
        free.add("adapters.base")  # written by an older version, which kept only the path
        free |= {"store.statistics"} if then["adapters"].get("kind", "none") != "none" else set()
    return differences(_completed(then), _completed(now), free)


def _completed(identity: dict[str, Any]) -> dict[str, Any]:
    found = _with_new_names(identity)
    families: dict[str, type[Kind]] = {"model": ModelConfig, "adapters": AdapterConfig, "loss": LossConfig}
    for name, family in families.items():
        if name in found:
            found[name] = family.completed(found[name])
    if "inputs" in found:
        found["inputs"] = _merged(asdict(InputConfig.of_checkpoint({})), found["inputs"])
    if "trainer" in found:
        known = {key: value for key, value in asdict(TrainerConfig()).items() if key not in FREE}
        trainer = _merged(known, found["trainer"])
        trainer["schedule"] = ScheduleConfig.completed(trainer["schedule"])
        trainer["average"] = AverageConfig.completed(trainer["average"])
        found["trainer"] = trainer
    return found


def _with_new_names(identity: dict[str, Any]) -> dict[str, Any]:
    features = [{**feature, "kind": OLD_KINDS.get(feature["kind"], feature["kind"])} for feature in identity["features"]]
    inputs = identity["inputs"]
    above = {OLD_KINDS.get(name, name): top for name, top in inputs.get("hidden_above", {}).items()}
    return {**identity, "features": features, "inputs": {**inputs, "hidden_above": above}}


def _merged(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **given}
    for key, value in defaults.items():
        if isinstance(value, dict) and isinstance(given.get(key), dict):
            merged[key] = _merged(value, given[key])
    return merged
