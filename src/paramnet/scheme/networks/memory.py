"""A recurrent network of single columns: a perceptron that keeps some numbers of each column from step to step."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.networks.config import FlatModel, require
from paramnet.scheme.networks.mlp import MultilayerPerceptron

LONGEST = 24.0  # steps, of the initial timescales, which begin at 1 step


class ColumnMemory(nn.Module):
    """A network with memory h' = k h + (1 − k) c, where c = tanh(·) and k = sigmoid(·) are further outputs of its body.

    Each number of h is between -1 and 1 at all times, as it is a mean of numbers that are, and the network learns over how many steps
    it is kept: k is that of timescales from one to ``LONGEST`` steps at first. The update of Cho et al. (2014, EMNLP), without
    their reset gate. body : (column, n_in + memory) -> (column, n_out + 2 memory).
    forward : (column, inputs, h, random numbers) -> (column, n_out, h'), dimensionless.
    """

    def __init__(self, body: MultilayerPerceptron, n_out: int, memory: int, noise: int) -> None:
        super().__init__()
        self.body = body
        self.n_out: int = n_out
        self.memory: int = memory
        self.noise: int = noise
        kept = torch.exp(-1.0 / torch.logspace(0.0, torch.tensor(LONGEST).log10().item(), memory))
        with torch.no_grad():
            body.head.bias[n_out + memory :] = torch.logit(kept)  # type: ignore[operator]

    def dense_layers(self) -> list[nn.Linear]:
        """From the inputs to the outputs and the memory."""
        return self.body.dense_layers()

    def forward(self, x: Tensor) -> Tensor:
        after = x.shape[1] - self.noise
        old = x[:, after - self.memory : after]
        z = self.body(x)
        new = torch.tanh(z[:, self.n_out : self.n_out + self.memory])
        kept = torch.sigmoid(z[:, self.n_out + self.memory :])
        return torch.cat([z[:, : self.n_out], new + kept * (old - new)], dim=1)


def unrolled(network: nn.Module, z: Tensor, memory: int, n_out: int, random: Tensor | None) -> Tensor:
    """Outputs : (sequence, step, n_out) of a network with memory, which is zero before the first step.

    z : (sequence, step, n_in), its inputs; random : (sequence, step, noise), or None.
    """
    kept, found = z.new_zeros(len(z), memory), []
    for step in range(z.shape[1]):
        parts = [z[:, step], kept] if random is None else [z[:, step], kept, random[:, step]]
        row = network(torch.cat(parts, dim=1))
        kept = row[:, n_out:]
        found.append(row[:, :n_out])
    return torch.stack(found, dim=1)


@dataclass
class ColumnMemoryModel(FlatModel, kind="column_memory"):
    """``hidden`` layer widths. ``memory`` numbers of each column are kept from step to step. In training and evaluation the first
    ``burn_in`` steps of each sequence fill the memory and do not count."""

    hidden: list[int] = field(default_factory=lambda: [256] * 4)
    memory: int = 16
    burn_in: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.hidden) and min(self.hidden) >= 1, "hidden", "one or more layer widths of at least 1", self.hidden)
        require(self.memory >= 1, "memory", "at least 1 number", self.memory)
        require(self.burn_in >= 0, "burn_in", "a number of steps, 0 for none", self.burn_in)
        require(self.members == 1, "members", "1 for a network with memory", self.members)
        require(self.head == "deterministic", "head", "deterministic for a network with memory", self.head)
        require(self.fourier == 0, "fourier", "0 for a network with memory", self.fourier)

    @property
    def memory_numbers(self) -> int:
        return self.memory

    @property
    def uncounted_steps(self) -> int:
        return self.burn_in

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        body = MultilayerPerceptron(
            n_in + self.memory, n_out + 2 * self.memory, self.hidden, self.activated(), False, [], dropout=self.dropout
        )
        return ColumnMemory(body, n_out, self.memory, self.noise)
