"""One affine map, the baseline for every other network."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.networks.config import ModelConfig, require


class LinearNetwork(nn.Module):
    """z = W x + b, fitted in closed form by ``training.ridge``, not by gradients.

    Cost per column: 2 n_in n_out FLOP. forward : (column, n_in) -> (column, n_out).
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


@dataclass
class LinearModel(ModelConfig, kind="linear"):
    """Fitted in closed form; ``ridge`` is the penalty per sample on standardized inputs."""

    ridge: float = 1e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.ridge >= 0, "ridge", "a penalty of at least 0", self.ridge)

    def build(self, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
        return LinearNetwork(n_features, contract.n_out)
