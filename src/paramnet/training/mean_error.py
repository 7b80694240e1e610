"""Absolute errors whose mean error is zero: what a loss adds so that rain is not a quarter too little.

The absolute error aims at the median, and what rains rarely and hard has a median well below its mean. Of all predictions whose
mean error vanishes the one with the least absolute error solves a problem with one Lagrange multiplier m for each output,

    minimize <|e| + m e>, e = x - y,    where m is such that <e> = 0,

which is quantile regression at the level (1 - m) / 2 (Koenker & Bassett 1978), one level for each output, the same for all
columns. The multipliers are found while training, by ascent on the dual (Arrow, Hurwicz & Uzawa 1958). What they leave, some
percent of a standard error, the end of the run takes off the output offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, distributed, nn

from paramnet.datasets import Batch
from paramnet.training.scheme import Scheme

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
            sums = torch.cat([(error * area_weight[:, None]).sum(dim=0), area_weight.sum()[None]])
            if distributed.is_available() and distributed.is_initialized():
                distributed.all_reduce(sums)  # the batch is that of all processes together
            self.multiplier.add_(self.rate * sums[:-1] / sums[-1]).clamp_(-LARGEST, LARGEST)
        return multiplier * error


@torch.no_grad()
def take_off_bias(
    scheme: Scheme, energy: nn.Module, batches: Iterable[Batch], summed: Callable[[Tensor], Tensor] = lambda values: values
) -> None:
    """Shift the scheme's output offsets so that each output's mean error in W m-2 over ``batches`` is zero.

    ``energy`` : inputs -> W m-2 per contract unit, (sample, n_out). ``summed`` adds a tensor up over processes. Outputs that
    never vary are left alone. Exact without constraints after the offsets; a clipped rate keeps a little.
    """
    training = scheme.training
    scheme.eval()
    offset = scheme.denormalizer.offset
    error, weight = (torch.zeros_like(offset, dtype=torch.float64) for _ in range(2))
    for batch in batches:
        if not len(batch.inputs):
            continue
        scale = energy(batch.inputs).double() * batch.area_weight[:, None]
        predicted = scheme.best(scheme.with_logits(batch.inputs)[0])
        error += (scale * (predicted - batch.outputs).double()).sum(dim=0)
        weight += scale.sum(dim=0)
    error, weight = summed(torch.stack([error, weight])).to(offset.device)
    offset -= torch.where(scheme.denormalizer.std > 0, error / weight, torch.zeros_like(error)).to(offset.dtype)
    scheme.train(training)
