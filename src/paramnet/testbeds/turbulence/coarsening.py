"""Fields on fewer points, and the tendency that a coarse model lacks (Ross et al. 2023, section 2.2)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.testbeds.quasigeostrophic import TwoLayers


def resized(spectrum: Tensor, points: int) -> Tensor:
    """A Fourier transform on another number of points : (..., y, x // 2 + 1); wavenumbers are left out, or added with 0."""
    size = spectrum.shape[-2]
    kept = min(size, points) // 2
    out = spectrum.new_zeros(*spectrum.shape[:-2], points, points // 2 + 1)
    out[..., :kept, :kept] = spectrum[..., :kept, :kept]
    out[..., points - kept + 1 :, :kept] = spectrum[..., size - kept + 1 :, :kept]
    return out * (points / size) ** 2


class Coarsening:
    """From a fine grid to ``points`` x ``points`` with operator 1, truncation and the filter of the coarse model, or 2, truncation and a
    Gaussian filter of twice the coarse grid's spacing. Raises ParamnetError for another operator or as many points."""

    def __init__(self, fine: TwoLayers, points: int, operator: int) -> None:
        if operator not in (1, 2) or points >= fine.points:
            raise ParamnetError("operator, points", expected="1 or 2, and fewer points than the truth", got=f"{operator}, {points}")
        self.fine, self.coarse = fine, replace(fine, points=points)
        width = 2 * fine.length / points
        self.filter = self.coarse.filter if operator == 1 else torch.exp(-self.coarse.squared * width**2 / 24)

    def __call__(self, spectrum: Tensor) -> Tensor:
        """The filtered transform on the coarse grid."""
        return self.filter * resized(spectrum, self.coarse.points)

    def forcing(self, q_hat: Tensor) -> Tensor:
        """Transform of the subgrid forcing of q, s-2: coarsened tendency of the truth minus tendency of the coarsened state."""
        return self(self.fine.tendency(q_hat)) - self.coarse.tendency(self(q_hat))
