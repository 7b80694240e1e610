"""Mass of the levels as a torch module, from the contract's vertical grid."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.contract import Contract


class LayerMass(nn.Module):
    """dp/g from the surface pressure in an input tensor.

    forward : (column, n_in), contract units -> (column, level), kg m-2, level 0 = model top.
    """

    a: Tensor
    b: Tensor

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        grid, gravity = contract.vertical_grid, contract.constants["gravity"]
        self.register_buffer("a", torch.tensor(np.diff(grid.a_interface) / gravity, dtype=torch.float32))
        self.register_buffer("b", torch.tensor(np.diff(grid.b_interface) / gravity, dtype=torch.float32))
        columns = contract.input_columns[contract.surface_pressure_name]
        self.start: int = columns.start
        self.stop: int = columns.stop

    def forward(self, inputs: Tensor) -> Tensor:
        return self.a + self.b * inputs[:, self.start : self.stop]

    def exact(self, inputs: Tensor) -> Tensor:
        """The same in float64, for the sums of budgets."""
        return self.a.double() + self.b.double() * inputs[:, self.start : self.stop].double()
