"""A scheme that keeps state, applied to sequences of steps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["unroll"]


@torch.inference_mode()
def unroll(scheme: nn.Module, inputs: Tensor, random: Tensor, start: Sequence[float], length: int) -> tuple[Tensor, Tensor]:
    """Outputs : (sample, n_out), and the state before each step : (sample, state), over sequences of ``length`` samples.

    scheme : (column, n_in + state + random numbers) -> (column, n_out + state). inputs : (sample, n_in), whole sequences;
    random : (sample, random numbers). Each sequence begins with the state ``start`` : (state).
    """
    steps, numbers = inputs.unflatten(0, (-1, length)), random.unflatten(0, (-1, length))
    state = torch.tensor(start, dtype=inputs.dtype).expand(len(steps), -1)
    outputs, before = [], []
    for step in range(length):
        before.append(state)
        row = scheme(torch.cat([steps[:, step], state, numbers[:, step]], dim=1))
        outputs.append(row[:, : row.shape[1] - len(start)])
        state = row[:, row.shape[1] - len(start) :]
    return torch.stack(outputs, dim=1).flatten(0, 1), torch.stack(before, dim=1).flatten(0, 1)
