"""Saturation over liquid water, in torch; the NumPy formulas are in ``thermodynamics``."""

# No `from __future__ import annotations`: TorchScript reads the annotations as types, not text.

import torch
from torch import Tensor

__all__ = ["saturation_specific_humidity"]


def saturation_specific_humidity(temperature: Tensor, pressure: Tensor, gas_constant_ratio: float) -> Tensor:
    """Saturation specific humidity over liquid water: r e / (p - (1 - r) e), e the vapour pressure of Tetens (1930, Murray 1967).

    temperature : K; pressure : Pa, of one shape; gas_constant_ratio r : R_d / R_v (``physics.gas_constants``). Returns kg kg-1.
    e is limited to p / 2, as r e / (p - (1 - r) e) has no meaning for e > p, which stratospheric levels reach.
    """
    # Literals, as TorchScript does not allow module constants; the coefficients are PlaSim's.
    vapour = 610.78 * torch.exp(17.2693882 * (temperature - 273.16) / (temperature - 35.86))
    vapour = torch.minimum(vapour, 0.5 * pressure)
    return gas_constant_ratio * vapour / (pressure - (1.0 - gas_constant_ratio) * vapour)
