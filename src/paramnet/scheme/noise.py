"""Noise on the network's inputs in training, which makes coupled runs less sensitive to drift (Heuer et al. 2025)."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["input_noise"]


def input_noise(inputs: Tensor, shown: Tensor, level: float, seed: int, step: int) -> Tensor:
    """White noise of ``level`` standard deviations for the standardized inputs of the network : (sample, width), dimensionless.

    inputs : (sample, n_in), which gives dtype and device; shown : (width), False for hidden inputs, whose noise is zero. The
    noise depends only on (seed, step), so a resumed run draws what an uninterrupted one would have drawn.
    """
    generator = torch.Generator(device=inputs.device).manual_seed((seed * 1_000_003 + step) % 2**63)
    drawn = torch.randn((len(inputs), len(shown)), generator=generator, device=inputs.device, dtype=inputs.dtype)
    return level * drawn * shown
