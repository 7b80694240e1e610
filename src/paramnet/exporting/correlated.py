"""Noise of a stochastic scheme that is correlated in time: a first-order autoregressive process, kept as the scheme's state."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.scheme import Checkpoint


class CorrelatedNoise(nn.Module):
    """n = φ n' + √(1 − φ²) r, which takes the place of the scheme's random numbers; n' is n of the step before, r are random numbers.

    forward : (column, n_in + 2 noise) : inputs, n', r -> (column, n_out + noise) : outputs, n. Where n' is standard normal, n is, so the
    scheme that was trained on independent numbers applies. Memory of the scheme counts among its inputs and its outputs.
    """

    persistence: Tensor
    innovation: Tensor

    def __init__(self, scheme: nn.Module, n_in: int, persistence: Tensor) -> None:
        super().__init__()
        self.scheme, self.n_in, self.size = scheme, n_in, len(persistence)
        self.register_buffer("persistence", persistence.float())
        self.register_buffer("innovation", (1.0 - persistence**2).sqrt().float())

    def forward(self, x: Tensor) -> Tensor:
        old, random = x[:, self.n_in : self.n_in + self.size], x[:, self.n_in + self.size :]
        noise = self.persistence * old + self.innovation * random
        return torch.cat([self.scheme(torch.cat([x[:, : self.n_in], noise], dim=1)), noise], dim=1)


def persistence_of(hours: list[float], checkpoint: Checkpoint) -> Tensor:
    """φ = exp(−Δt/τ) of each random number : (noise), float64. hours : τ of all of them, or of each; 0 for independent numbers.

    Raises ParamnetError for a scheme without noise, or another number of timescales.
    """
    noise = checkpoint.scheme.noise
    if not noise or len(hours) not in (1, noise) or not all(0.0 <= one < math.inf for one in hours):
        expected = f"one timescale or {noise}, 0 or more hours" if noise else "none for a scheme without random numbers"
        raise ParamnetError("noise_hours", expected=expected, got=str(hours), remedy="" if noise else "train with model.noise")
    step = checkpoint.contract.time_step / 3600.0
    every = hours * noise if len(hours) == 1 else hours
    return torch.tensor([math.exp(-step / one) if one else 0.0 for one in every], dtype=torch.float64)


def state_of(persistence: Tensor, hours: list[float]) -> dict[str, Any]:
    """Keys of the manifest: the noise is state, and begins at zero."""
    return {"state": [{"name": "noise", "start": [0.0] * len(persistence)}], "noise_hours": list(hours)}
