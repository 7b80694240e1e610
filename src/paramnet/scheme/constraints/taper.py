"""Tapering of outputs at upper levels, where a network learns only noise."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import REFERENCE_PRESSURE
from paramnet.scheme.constraints.lookup import Columns, output_profile


class UpperLevelTaper(nn.Module):
    """Multiplies an output profile by 0 for p <= ``zero_above``, by 1 for p >= ``full_below``, by a sin^2 in ln p between.

    Both in Pa; p is for a surface pressure of 1e5 Pa. If they are equal, levels with p < ``full_below`` are set to zero (as the
    uppermost levels in Hu et al. 2024). Opens any budget closed before it, so put it before the closures.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    factor: Tensor

    def __init__(self, contract: Contract, variable: str, zero_above: float, full_below: float) -> None:
        super().__init__()
        self.columns: Columns = output_profile(contract, variable, "UpperLevelTaper")
        if not 0 < zero_above <= full_below:
            raise ParamnetError(
                "UpperLevelTaper",
                expected="0 < zero_above <= full_below in Pa",
                got=f"{zero_above} and {full_below}",
                remedy="correct `constraints`",
            )
        pressure = contract.vertical_grid.pressure(REFERENCE_PRESSURE)
        if full_below == zero_above:
            factor = (pressure >= full_below).astype(float)
        else:
            share = np.log(pressure / zero_above) / np.log(full_below / zero_above)
            factor = np.sin(0.5 * np.pi * np.clip(share, 0.0, 1.0)) ** 2
        self.register_buffer("factor", torch.tensor(factor, dtype=torch.float32), persistent=False)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        tapered = outputs[:, self.columns[0] : self.columns[1]] * self.factor
        return torch.cat([outputs[:, : self.columns[0]], tapered, outputs[:, self.columns[1] :]], dim=1)
