"""A stochastic scheme, or one with state, as a function of the contract's inputs alone: its first step, without random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from paramnet.contract import Fields

__all__ = ["MEMORY", "MOST", "Carried", "FirstStep", "carried_of"]

MOST = 65_536  # rows of a program
MEMORY = "memory"  # name of the state of a network with memory


class FirstStep(nn.Module):
    """forward : (column, n_in) -> (column, n_out), contract units.

    scheme : (column, n_in + carried) -> (column, n_out or more). carried : start values of its state, and zeros for its random numbers.
    """

    def __init__(self, scheme: nn.Module, carried: Sequence[float], n_out: int) -> None:
        super().__init__()
        self.scheme, self.n_out = scheme, n_out
        self.register_buffer("carried", torch.tensor(carried, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        row = self.get_buffer("carried").to(x.dtype).expand(len(x), -1)
        outputs: Tensor = self.scheme(torch.cat([x, row], dim=1))[:, : self.n_out]
        return outputs


@dataclass(frozen=True)
class Carried:
    """``state`` : name -> its start values; ``random_numbers`` that the network takes. Both are empty for most schemes."""

    state: dict[str, list[float]]
    random_numbers: int

    @property
    def row(self) -> list[float]:
        """What the network takes after the contract's inputs, without random numbers."""
        return [*(value for start in self.state.values() for value in start), *[0.0] * self.random_numbers]

    @property
    def size(self) -> int:
        """Numbers of state, which the network gives after the contract's outputs."""
        return sum(map(len, self.state.values()))


def carried_of(manifest: Mapping[str, Any], where: str) -> Carried:
    """State and random numbers of a scheme. Raises ParamnetError for a wrong manifest."""
    fields = Fields(dict(manifest), where)
    state = {each.text("name"): each.numbers("start") for each in fields.tables("state")} if fields.has("state") else {}
    return Carried(state, fields.whole("random_numbers", most=MOST) if fields.has("random_numbers") else 0)
