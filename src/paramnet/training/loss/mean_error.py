"""A term that makes the mean error of an absolute-error loss zero.

The absolute error is minimized by the median, which for rare and intense rain is far below the mean: predicted rain would be
about a quarter too low. The prediction with the least absolute error among those without mean error solves a problem with one
Lagrange multiplier m for each output,

    minimize <|e| + m e>, e = x - y,    where m is such that <e> = 0.

This is quantile regression at the level (1 - m) / 2 (Koenker & Bassett 1978), with one level per output, the same for all
columns. The multipliers are found during training by ascent on the dual (Arrow, Hurwicz & Uzawa 1958). The remaining mean error,
a few percent of a standard error, is subtracted from the output offsets at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, distributed, nn

from paramnet.scheme.noise import draws_of
from paramnet.scheme.scheme import Scheme
from paramnet.training.data import Batch

DRAWS = 4  # of a stochastic scheme, for its mean
LARGEST = 0.9  # multiplier, hence quantile levels 0.05 to 0.95; at 1 and above the loss has no minimum


class MeanError(nn.Module):
    """m e of each output. After each training step m changes by ``rate`` times the mean error of the batch.

    forward : error (sample, n_out), predicted minus true in the units of the loss, area_weight (sample) -> (sample, n_out); the
    mean is weighted by area. Without gradients the term is zero and m does not change, so a validation loss excludes it. The
    multipliers are saved in checkpoints, so a resumed run is exact.
    """

    multiplier: Tensor

    def __init__(self, rate: float, width: int) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("multiplier", torch.zeros(width))

    def forward(self, error: Tensor, area_weight: Tensor) -> Tensor:
        if not (self.training and torch.is_grad_enabled()):
            return torch.zeros_like(error)
        multiplier = self.multiplier.clone()  # the value of this step, for backward
        with torch.no_grad():
            sums = torch.cat([(error * area_weight[:, None]).sum(dim=0), area_weight.sum()[None]])
            if distributed.is_available() and distributed.is_initialized():
                distributed.all_reduce(sums)  # the mean is over the batch of all processes
            self.multiplier.add_(self.rate * sums[:-1] / sums[-1]).clamp_(-LARGEST, LARGEST)
        return multiplier * error


@torch.no_grad()
def take_off_bias(
    scheme: Scheme, energy: nn.Module, batches: Iterable[Batch], summed: Callable[[Tensor], Tensor] = lambda values: values
) -> None:
    """Shift the output offsets of a scheme so that the mean error of each output over ``batches``, in W m-2, is zero.

    ``energy`` : inputs -> W m-2 per contract unit, (sample, n_out). ``summed`` sums a tensor over processes. Constant outputs are
    not shifted. Of a stochastic scheme it is the mean error over draws.
    This is exact without constraints after the offsets; an output clipped at zero keeps a small bias.
    """
    training = scheme.training
    scheme.eval()
    offset = scheme.denormalizer.offset
    error, weight = (torch.zeros_like(offset, dtype=torch.float64) for _ in range(2))
    for number, batch in enumerate(batches):
        if not len(batch.inputs):
            continue
        draws = draws_of(batch.inputs.flatten(0, -2), DRAWS, scheme.noise, 0, number)
        predicted = scheme.with_logits(batch.inputs, None, draws)[0]
        inputs, predicted, outputs, area_weight = scheme.counted(batch.inputs, predicted, batch.outputs, batch.area_weight)
        scale = energy(inputs).double() * area_weight[:, None]
        error += (scale * (scheme.best(predicted) - outputs).double()).sum(dim=0)
        weight += scale.sum(dim=0)
    error, weight = summed(torch.stack([error, weight])).to(offset.device)
    offset -= torch.where(scheme.denormalizer.std > 0, error / weight, torch.zeros_like(error)).to(offset.dtype)
    scheme.train(training)
