"""Description of a training run: the metadata of its checkpoints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from paramnet.files import digest_of
from paramnet.scheme.checkpoint import FORMAT_VERSION, statistics_to
from paramnet.store import Store
from paramnet.training.config import TrainConfig
from paramnet.training.identity import base_digest, teacher_digest
from paramnet.training.trainer_config import AverageConfig, ExponentialAverage, RunningAverage


def describe(config: TrainConfig, store: Store) -> dict[str, Any]:
    """The metadata of a checkpoint, as plain data."""
    training = asdict(config)
    training["weights"] = weights_are(config.trainer.average)
    statistics = {side: statistics_to(store.statistics(side)) for side in ("inputs", "outputs")}
    return {
        "format_version": FORMAT_VERSION,
        "contract": store.contract.to_dict(),
        "contract_digest": store.contract.digest,
        "statistics": statistics,
        "model": training.pop("model"),
        "features": training.pop("features"),
        "constraints": training.pop("constraints"),
        "inputs": training.pop("inputs"),
        "adapters": training.pop("adapters"),
        "training": training,
        "base": base_digest(config.adapters),
        **({"teacher": teacher} if (teacher := teacher_digest(config.adapters)) else {}),
        "store": {
            "path": str(store.path.absolute()),
            "content": store.content,
            "statistics": digest_of(statistics),  # of this store, even if those of a base are kept
            "source": store.attributes["source"],
            "provenance": store.attributes["provenance"],
            "days": {name: store.days(name) for name in {*config.fit_on, *filter(None, [config.validate_on])}},
            "time_units": store.attributes["time_units"],
            "calendar": store.attributes["calendar"],
        },
    }


def weights_are(average: AverageConfig) -> str:
    """Description of the saved weights, which is copied into the artefact."""
    if not isinstance(average, RunningAverage):
        return "those of the saved step"
    kind = "equal average over the steps"
    if isinstance(average, ExponentialAverage):
        kind = f"exponential moving average, decay {average.decay:g} a step"
    return f"{kind}, begun after {average.start:.0%} of the run"
