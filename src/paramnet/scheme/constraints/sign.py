"""Limits of outputs: non-negative quantities, and physical ranges."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.constraints.lookup import Columns, output_columns, output_variable


class NonNegative(nn.Module):
    """Sets negative values of one output to zero.

    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, variable: str) -> None:
        super().__init__()
        self.columns: Columns = output_columns(contract, variable, "NonNegative")

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        limited = torch.relu(outputs[:, self.columns[0] : self.columns[1]])
        return torch.cat([outputs[:, : self.columns[0]], limited, outputs[:, self.columns[1] :]], dim=1)


class PhysicalRange(nn.Module):
    """Clips one output to its ``valid_range`` in the contract, or to ``lower`` and ``upper`` if given.

    Opens any budget closed before it, so put it before the closures. NaN stays NaN.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, variable: str, lower: float | None = None, upper: float | None = None) -> None:
        super().__init__()
        self.columns: Columns = output_columns(contract, variable, "PhysicalRange")
        low, high = output_variable(contract, variable, "PhysicalRange").valid_range
        self.lower: float = low if lower is None else lower
        self.upper: float = high if upper is None else upper
        if not self.lower < self.upper:
            raise ParamnetError(
                "PhysicalRange",
                expected=f"lower < upper for {variable}",
                got=f"{self.lower} and {self.upper}",
                remedy="correct `constraints`",
            )

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        limited = torch.clamp(outputs[:, self.columns[0] : self.columns[1]], self.lower, self.upper)
        return torch.cat([outputs[:, : self.columns[0]], limited, outputs[:, self.columns[1] :]], dim=1)
