"""Multilayer perceptron after Rasp, Pritchard & Gentine (2018), with optional gates for outputs that are often exactly zero."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.networks.config import FlatModel, require
from paramnet.scheme.networks.factors import RandomFactors
from paramnet.scheme.networks.noisy_outputs import NoisyOutputs
from paramnet.scheme.networks.scaled import ScaledPerceptron

GATES = ("none", "column", "variable", "level")
NOISE_ENTERS: dict[str, type[ScaledPerceptron | NoisyOutputs | RandomFactors] | None] = {
    "inputs": None,
    "scales": ScaledPerceptron,
    "outputs": NoisyOutputs,
    "factors": RandomFactors,
}


def dense(n_in: int, n_out: int, rank: int) -> nn.Module:
    """W x + b, or with a rank > 0 the product U (V x) + b."""
    return nn.Sequential(nn.Linear(n_in, rank, bias=False), nn.Linear(rank, n_out)) if rank else nn.Linear(n_in, n_out)


class MultilayerPerceptron(nn.Module):
    """Dense layers; optionally a linear skip from input to output, and a gate per group of outputs.

    ``ranks``, one for each hidden layer and one for the last: a layer of rank r > 0 is a product of two, without activation between.
    ``gate_of_output[j]`` is the gate that multiplies output j, a sigmoid of the last hidden layer; an empty list means no
    gates. With a gate, an output can be exactly zero in most columns without distorting its amplitude in the others:
    output = gate * amplitude, gate = min(max((1 + 2 s) sigmoid(logit) - s, 0), 1) with s = ``gate_stretch``, so the output is
    exactly zero below a probability of s / (1 + 2 s).
    Cost per column: 2 x (number of weights) FLOP. forward : (column, n_in) -> (column, n_out), dimensionless.
    """

    gate_of_output: Tensor

    def __init__(
        self,
        n_in: int,
        n_out: int,
        hidden: list[int],
        activation: nn.Module,
        skip: bool,
        gate_of_output: list[int],
        gate_stretch: float = 0.0,
        dropout: float = 0.0,
        ranks: Sequence[int] = (),
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width, ranks = n_in, ranks or [0] * (len(hidden) + 1)
        for size, rank in zip(hidden, ranks, strict=False):
            layers += [dense(width, size, rank), activation, *([nn.Dropout(dropout)] if dropout else [])]
            width = size
        self.trunk = nn.Sequential(*layers)
        self.head = dense(width, n_out, ranks[-1])
        self.has_skip: bool = skip
        self.skip = nn.Linear(n_in, n_out, bias=False) if skip else nn.Identity()
        self.gated: bool = bool(gate_of_output)
        self.stretch: float = gate_stretch
        self.gate = nn.Linear(width, max(gate_of_output) + 1) if gate_of_output else nn.Identity()
        self.register_buffer("gate_of_output", torch.tensor(gate_of_output, dtype=torch.long), persistent=False)

    def dense_layers(self) -> list[nn.Linear]:
        """From the inputs to the outputs, without those of low rank."""
        return [layer for layer in (*self.trunk, self.head) if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        return self.amplitude_and_logits(x)[0]

    def amplitude_and_logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs with the gate applied : (column, n_out), and the gates' logits : (column, n_gates), empty if none."""
        hidden = self.trunk(x)
        z = self.head(hidden)
        if self.has_skip:
            z = z + self.skip(x)
        if not self.gated:
            return z, z[:, :0]
        logits = self.gate(hidden)
        gate = torch.clamp((1.0 + 2.0 * self.stretch) * torch.sigmoid(logits) - self.stretch, 0.0, 1.0)
        return z * gate[:, self.gate_of_output], logits


@dataclass
class MLPModel(FlatModel, kind="mlp"):
    """``hidden`` layer widths. ``skip`` adds a linear path. ``gate`` multiplies the outputs by sigmoids: one per ``column``, per
    ``variable``, per output ``level``, or none. ``gate_stretch`` makes gates of low probability exactly zero. ``noise_enters``: random
    numbers are further ``inputs``, the ``scales`` of hidden layers, noise around the mean of the ``outputs``, or their ``factors``.
    ``ranks`` of the weights of each hidden layer and of the last one, 0 for full; [] for full everywhere."""

    hidden: list[int] = field(default_factory=lambda: [256] * 9)
    activation: str = "leaky_relu"
    skip: bool = False
    gate: str = "none"
    gate_stretch: float = 0.0
    noise_enters: str = "inputs"
    ranks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.hidden) and min(self.hidden) >= 1, "hidden", "one or more layer widths of at least 1", self.hidden)
        require(self.gate in GATES, "gate", f"one of {GATES}", self.gate)
        require(self.gate_stretch >= 0, "gate_stretch", "a share of at least 0", self.gate_stretch)
        plain = self.head == "deterministic" and not self.fourier
        require(self.noise_enters in NOISE_ENTERS, "noise_enters", f"one of {tuple(NOISE_ENTERS)}", self.noise_enters)
        alone = self.noise > 0 and not (self.skip or self.is_gated or self.fourier or self.dropout)
        wanted = "inputs, except with noise and without skip, gate, fourier and dropout"
        require(alone or self.noise_enters == "inputs", "noise_enters", wanted, self.noise_enters)
        counts = len(self.ranks) in (0, len(self.hidden) + 1) and min(self.ranks, default=0) >= 0
        require(counts, "ranks", f"[], or {len(self.hidden) + 1} ranks of at least 0", self.ranks)
        require(not any(self.ranks) or self.noise_enters == "inputs", "ranks", "[] unless noise enters by the inputs", self.ranks)
        require(plain or not self.is_gated, "gate", "none, except with the deterministic head and without fourier", self.gate)

    @property
    def is_gated(self) -> bool:
        return self.gate != "none"

    def gates(self, contract: Contract) -> list[int]:
        if not self.is_gated:
            return []
        if self.gate == "column":
            return [0] * contract.n_out
        if self.gate == "level":
            return list(range(contract.n_out))
        columns = contract.output_columns.values()
        return [index for index, column in enumerate(columns) for _ in range(column.stop - column.start)]

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        kind = NOISE_ENTERS[self.noise_enters]
        if kind is not None:
            return kind(n_in, n_out, self.hidden, self.activated(), self.noise)
        gates = self.gates(contract)
        return MultilayerPerceptron(
            n_in, n_out, self.hidden, self.activated(), self.skip, gates, self.gate_stretch, self.dropout, self.ranks
        )
