"""Noise on the network's inputs in training, which makes coupled runs less sensitive to drift (Heuer et al. 2025)."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.compiler.disable  # a generator cannot be compiled, and the step would be compiled in as a constant
def input_noise(z: Tensor, level: float, seed: int, step: int, shown: Tensor | None = None) -> Tensor:
    """``z`` plus white noise of ``level`` standard deviations.

    z : (sample, width), standardized inputs, so ``level`` is in standard deviations of each input; shown : (width), False for
    hidden inputs, which stay zero. The noise depends only on (seed, step), so a resumed run draws what an uninterrupted one
    would have drawn.
    """
    generator = torch.Generator(device=z.device).manual_seed((seed * 1_000_003 + step) % 2**63)
    noise = level * torch.randn(z.shape, generator=generator, device=z.device, dtype=z.dtype)
    return z + (noise if shown is None else noise * shown)
