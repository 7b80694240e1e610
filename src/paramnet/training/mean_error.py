"""Absolute errors whose mean error is zero: what a loss adds so that rain is not a quarter too little.

The absolute error aims at the median, and what rains rarely and hard has a median well below its mean. Of all predictions whose
mean error vanishes the one with the least absolute error solves a problem with one Lagrange multiplier m for each output,

    minimize <|e| + m e>, e = x - y,    where m is such that <e> = 0,

which is quantile regression at the level (1 - m) / 2 (Koenker & Bassett 1978), one level for each output, the same for all
columns. The multipliers are found while training, by ascent on the dual (Arrow, Hurwicz & Uzawa 1958).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LARGEST = 0.9  # multiplier: quantile levels 0.05 to 0.95; from 1 on the loss has no minimum


class MeanError(nn.Module):
    """m e of each output, m moved by ``rate`` times the batch's mean error after each step of training.

    forward : error (sample, n_out), predicted less true in the loss's units, area_weight (sample) -> (sample, n_out); the mean
    is over area. Nothing is added, and nothing moves, where no gradients are taken: a validation loss is that without the term.
    The multipliers are part of a checkpoint, so that a resumed run goes on exactly.
    """

    multiplier: Tensor

    def __init__(self, rate: float, width: int) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("multiplier", torch.zeros(width))

    def forward(self, error: Tensor, area_weight: Tensor) -> Tensor:
        if not (self.training and torch.is_grad_enabled()):
            return torch.zeros_like(error)
        multiplier = self.multiplier.clone()  # backward wants what this step used
        with torch.no_grad():
            mean = (error * area_weight[:, None]).sum(dim=0) / area_weight.sum()
            self.multiplier.add_(self.rate * mean).clamp_(-LARGEST, LARGEST)
        return multiplier * error
