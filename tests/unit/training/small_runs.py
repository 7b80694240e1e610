"""A small training run and the contents of its checkpoints, for tests of interruptions and faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from paramnet.scheme.networks import ModelConfig
from paramnet.training import ScheduleConfig, TrainConfig, TrainerConfig


def configuration(store: Path, output: Path, trainer: dict[str, Any] | None = None, **changes: Any) -> TrainConfig:
    """Two epochs of 11 steps, at a constant learning rate."""
    settings: dict[str, Any] = {
        "schedule": ScheduleConfig("constant"),
        "epochs": 2,
        "batch_size": 512,
        "learning_rate": 3e-3,
        "progress_bar": False,
        "threads": 1,
    }
    config = TrainConfig(
        str(store),
        str(output),
        model=ModelConfig(hidden=[16], activation="silu"),
        trainer=TrainerConfig(**(settings | (trainer or {}))),
        linear_baseline=False,
    )
    return replace(config, **changes)


def weights(path: Path) -> dict[str, torch.Tensor]:
    """Weights and optimizer moments of a checkpoint, by name."""
    raw = torch.load(path, weights_only=True)
    moments = raw["optimizer_states"][0]["state"]
    return raw["state_dict"] | {f"{number}.{key}": value for number, state in moments.items() for key, value in state.items()}


def same_bits(one: Path, other: Path) -> bool:
    """Return True if two checkpoints hold the same weights and moments, bit for bit."""
    left, right = weights(one), weights(other)
    return left.keys() == right.keys() and all(torch.equal(torch.as_tensor(left[key]), torch.as_tensor(right[key])) for key in left)
