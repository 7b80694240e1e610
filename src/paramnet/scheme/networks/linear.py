"""One affine map, the baseline for every other network."""

from __future__ import annotations

from torch import Tensor, nn


class LinearNetwork(nn.Module):
    """z = W x + b, fitted in closed form by ``training.ridge``, not by gradients.

    Cost per column: 2 n_in n_out FLOP. forward : (column, n_in) -> (column, n_out).
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)
