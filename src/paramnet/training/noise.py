"""Noise on what the network sees while it learns, so that it stays calm where the coupled model drifts (Heuer et al. 2025)."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.compiler.disable  # a generator cannot be compiled, and the step would be taken for a constant
def input_noise(z: Tensor, level: float, seed: int, step: int, shown: Tensor | None = None) -> Tensor:
    """``z`` plus white noise of ``level`` standard deviations.

    z : (sample, width), standardized inputs, so that ``level`` is in units of each input's own standard deviation;
    shown : (width), false for inputs that are zero for the network and stay so. The
    noise depends on (seed, step) and nothing else: a run resumed at a step sees what an uninterrupted one would have.
    """
    generator = torch.Generator(device=z.device).manual_seed((seed * 1_000_003 + step) % 2**63)
    noise = level * torch.randn(z.shape, generator=generator, device=z.device, dtype=z.dtype)
    return z + (noise if shown is None else noise * shown)
