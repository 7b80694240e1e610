"""Apply a scheme to a split, in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from paramnet.store import Split
from paramnet.training.data import load_split


@dataclass(frozen=True)
class PredictedChunk:
    """Samples start:stop of a split: inputs (sample, n_in), target and predicted (sample, n_out), contract units, float32."""

    start: int
    stop: int
    inputs: NDArray[np.float32]
    target: NDArray[np.float32]
    predicted: NDArray[np.float32]
    area_weight: NDArray[np.float32]


@torch.inference_mode()
def predict(scheme: nn.Module, split: Split, chunk: int = 65_536, limit: int | None = None) -> Iterator[PredictedChunk]:
    """Yield predictions for ``split`` in stored order; for its first ``limit`` samples if given.

    ``scheme`` is any module in contract units: a trained scheme or a loaded artefact.
    """
    samples = len(split) if limit is None else min(limit, len(split))
    for start in range(0, samples, chunk):
        data = load_split(split, start, min(start + chunk, samples))
        predicted = scheme(data.inputs)
        yield PredictedChunk(
            start, start + len(data.inputs), data.inputs.numpy(), data.outputs.numpy(), predicted.numpy(), data.area_weight.numpy()
        )
