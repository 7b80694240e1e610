"""A flow from noise to outputs: a network gives its velocity, and a few passes through the network follow it."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import math
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.networks.config import FlatModel, require


class Flow(nn.Module):
    """y(1) of dy/dt = v(x, y, t) from random numbers y(0), by ``passes`` Euler steps (Lipman et al. 2023; Liu et al. 2023, ICLR).

    forward : (column, n_in), the last n_out of which are y(0) -> (column, n_out), dimensionless.
    """

    times: Tensor

    def __init__(self, n_in: int, n_out: int, hidden: list[int], activation: nn.Module, passes: int) -> None:
        super().__init__()
        self.n_out: int = n_out
        self.first = nn.Linear(n_in, hidden[0])
        self.time = nn.Linear(2, hidden[0], bias=False)
        layers: list[nn.Module] = [activation]
        for before, after in pairwise(hidden):
            layers += [nn.Linear(before, after), activation]
        self.rest = nn.Sequential(*layers, nn.Linear(hidden[-1], n_out))
        self.set_passes(passes)

    def set_passes(self, passes: int) -> None:
        """Set the number of steps."""
        self.passes: int = passes
        times = torch.arange(passes)[:, None] / passes
        self.register_buffer("times", times.to(self.time.weight.device), persistent=False)

    def velocity(self, x: Tensor, y: Tensor, t: Tensor) -> Tensor:
        """v : (column, n_out). x : (column, n_in - n_out), standardized inputs; y : (column, n_out); t : (column or 1, 1), 0 to 1."""
        angle = math.pi * t
        start: Tensor = self.first(torch.cat([x, y], dim=1)) + self.time(torch.cat([torch.cos(angle), torch.sin(angle)], dim=1))
        velocity: Tensor = self.rest(start)
        return velocity

    def forward(self, x: Tensor) -> Tensor:
        inputs, y = x[:, : -self.n_out], x[:, -self.n_out :]
        for step in range(self.passes):
            y = y + self.velocity(inputs, y, self.times[step : step + 1]) / self.passes
        return y


@dataclass
class FlowModel(FlatModel, kind="flow"):
    """``hidden`` layer widths of the velocity, and ``passes`` through it for each output. It takes a random number for each output.

    It is trained on ``loss=flow_matching``, and afterwards on ``loss=crps`` with ``adapters=full``, which fits the passes themselves.
    """

    hidden: list[int] = field(default_factory=lambda: [256] * 4)
    passes: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.hidden) and min(self.hidden) >= 1, "hidden", "one or more layer widths of at least 1", self.hidden)
        require(1 <= self.passes <= 64, "passes", "1 to 64", self.passes)
        require(self.noise == 0, "noise", "0 for a flow, which takes a random number for each output", self.noise)
        require(self.members == 1 and self.head == "deterministic", "kind", "another for an ensemble or another head", self.kind)
        require(self.fourier == 0 and self.dropout == 0, "kind", "another with fourier or dropout", self.kind)

    def random_numbers(self, contract: Contract) -> int:
        return contract.n_out

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        return Flow(n_in, n_out, self.hidden, self.activated(), self.passes)
