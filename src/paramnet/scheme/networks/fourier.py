"""Random Fourier features: cos(W x + b) with W drawn once and never trained."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import math

import torch
from torch import Tensor, nn


class RandomFourier(nn.Module):
    """sqrt(2) cos(W x + b), W normal with standard deviation ``scale``, b uniform in [0, 2 pi]: smooth features of unit variance.

    Rahimi & Recht (2007, NIPS 20); as a network's first layer Tancik et al. (2020, NeurIPS). A larger ``scale`` resolves
    finer differences of the (standardized) inputs. W and b are buffers: saved in checkpoints, but not trained.
    forward : (..., n_in) -> (..., features). Cost: 2 n_in features FLOP.
    """

    weight: Tensor
    phase: Tensor

    def __init__(self, n_in: int, features: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("weight", torch.randn(features, n_in) * scale)
        self.register_buffer("phase", torch.rand(features) * (2.0 * math.pi))

    def forward(self, x: Tensor) -> Tensor:
        return 1.4142135623730951 * torch.cos(nn.functional.linear(x, self.weight, self.phase))


class FourierFirst(nn.Module):
    """A network on the concatenation of its inputs and their random Fourier features."""

    def __init__(self, fourier: RandomFourier, network: nn.Module) -> None:
        super().__init__()
        self.fourier = fourier
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network(torch.cat([x, self.fourier(x)], dim=1))
