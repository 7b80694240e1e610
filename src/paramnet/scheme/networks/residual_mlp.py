"""Dense layers in residual blocks."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass

from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.networks.config import FlatModel, require


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


@dataclass
class ResidualMLPModel(FlatModel, kind="residual_mlp"):
    """``depth`` residual blocks of ``width`` channels."""

    width: int = 384
    depth: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for key in ("width", "depth"):
            require(getattr(self, key) >= 1, key, "at least 1", getattr(self, key))

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        return ResidualMLP(n_in, n_out, self.width, self.depth, self.activated(), self.dropout)
