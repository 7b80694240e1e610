"""Quantities that cannot be negative."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.constraints.lookup import output_slice
from paramnet.contract import Contract


class NonNegative(nn.Module):
    """Sets negative values of one output to zero.

    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, variable: str) -> None:
        super().__init__()
        columns = output_slice(contract, variable, "NonNegative")
        self.start: int = columns.start
        self.stop: int = columns.stop

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        limited = torch.relu(outputs[:, self.start : self.stop])
        return torch.cat([outputs[:, : self.start], limited, outputs[:, self.stop :]], dim=1)
