"""Size, speed and offline skill of a scheme, for the table of ``paramnet compress``."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from paramnet.scheme.checkpoint import load_checkpoint
from paramnet.scheme.networks import flop_per_column, parameter_count
from paramnet.scheme.scheme import Scheme
from paramnet.store import Store
from paramnet.training.loss.energy import EnergyScale
from paramnet.training.scores import ValidationScores

COLUMNS, CALLS = 384, 7
CHUNK = 8192


def row_of(path: str, store: Store, split: str) -> dict[str, Any]:
    """Weights, MFLOP and microseconds per column, and R2 of each output on a split."""
    checkpoint = load_checkpoint(path)
    scheme = checkpoint.scheme
    return {
        "model": {key: checkpoint.meta["model"][key] for key in ("hidden", "ranks") if key in checkpoint.meta["model"]},
        "parameters": parameter_count(scheme),
        "mflop_per_column": flop_per_column(scheme, scheme.width) / 1e6,
        "microseconds_per_column": _microseconds(scheme),
        "r2": _skill(scheme, store, split),
    }


@torch.inference_mode()
def _microseconds(scheme: Scheme) -> float:
    """The shortest of some calls of the network in processor time, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        z = torch.randn(COLUMNS, len(scheme.shown()), generator=torch.Generator().manual_seed(0))
        times = []
        for _ in range(CALLS):
            start = time.process_time()
            scheme.network(z)
            times.append(time.process_time() - start)
    finally:
        torch.set_num_threads(threads)
    return 1e6 * min(times) / COLUMNS


@torch.inference_mode()
def _skill(scheme: Scheme, store: Store, name: str) -> dict[str, float]:
    """R2 of each output in W m-2, on all samples of a split."""
    split, energy, scores = store.split(name), EnergyScale(store.contract), ValidationScores(store.contract)
    for start in range(0, len(split), CHUNK):
        part = slice(start, start + CHUNK)
        inputs, truth = (torch.from_numpy(np.asarray(side[part], dtype=np.float32)) for side in (split.inputs, split.outputs))
        factor = energy(inputs)
        scores.add(scheme(inputs) * factor, truth * factor)
    return scores.result()
