"""Random numbers in training: noise on the network's inputs, and the numbers that a stochastic scheme takes."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["draws_of", "input_noise"]


def input_noise(inputs: Tensor, shown: Tensor, level: float, seed: int, step: int) -> Tensor:
    """White noise of ``level`` standard deviations for the standardized inputs of the network : (sample, width), dimensionless.

    inputs : (sample, n_in), which gives dtype and device; shown : (width), False for hidden inputs, whose noise is zero. The
    noise depends only on (seed, step), so a resumed run draws what an uninterrupted one would have drawn. It makes coupled runs less
    sensitive to drift (Heuer et al. 2025).
    """
    return level * _normal((len(inputs), len(shown)), inputs, seed * 1_000_003 + step) * shown


def draws_of(inputs: Tensor, draws: int, noise: int, seed: int, step: int) -> Tensor | None:
    """The standard normal numbers of a stochastic scheme : (sample, draw, noise), a function of (seed, step) alone.

    inputs : (sample, n_in), which gives dtype and device. None for a scheme without noise.
    """
    if noise == 0:
        return None
    return _normal((len(inputs), draws, noise), inputs, seed * 1_000_003 + step + _OTHER_STREAM)


_OTHER_STREAM = 2**40  # keeps draws apart from the noise on inputs of the same step


def _normal(shape: tuple[int, ...], like: Tensor, seed: int) -> Tensor:
    generator = torch.Generator(device=like.device).manual_seed(seed % 2**63)
    return torch.randn(shape, generator=generator, device=like.device, dtype=like.dtype)
