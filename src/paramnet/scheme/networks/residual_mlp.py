"""Dense layers in residual blocks."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """h + W2 act(W1 act(h) + b1) + b2, with W2 and b2 initially zero, so each block starts as the identity."""

    def __init__(self, width: int, activation: nn.Module, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        self.activation = activation
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, h: Tensor) -> Tensor:
        return h + self.second(self.dropout(self.activation(self.first(self.activation(h)))))


class ResidualMLP(nn.Module):
    """An affine map to ``width``, ``depth`` residual blocks of two dense layers, an affine map to the outputs.

    Pre-activation blocks of He et al. (2016, ECCV) that start as the identity instead of using normalization (Zhang, Dauphin &
    Ma 2019, ICLR, "Fixup"); the native kernel then needs dense layers only.
    forward : (column, n_in) -> (column, n_out), dimensionless. Cost: 2 x (number of weights) FLOP per column.
    """

    def __init__(self, n_in: int, n_out: int, width: int, depth: int, activation: nn.Module, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.blocks = nn.ModuleList([ResidualBlock(width, activation, dropout) for _ in range(depth)])
        self.activation = activation
        self.head = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = block(h)
        return self.head(self.activation(h))
