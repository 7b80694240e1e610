"""Multilayer perceptron after Rasp, Pritchard & Gentine (2018), with optional gates for outputs that are often exactly zero."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn


class MultilayerPerceptron(nn.Module):
    """Dense layers; optionally a linear skip from input to output, and a gate per group of outputs.

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
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = n_in
        for size in hidden:
            layers += [nn.Linear(width, size), activation, *([nn.Dropout(dropout)] if dropout else [])]
            width = size
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(width, n_out)
        self.has_skip: bool = skip
        self.skip = nn.Linear(n_in, n_out, bias=False) if skip else nn.Identity()
        self.gated: bool = bool(gate_of_output)
        self.stretch: float = gate_stretch
        self.gate = nn.Linear(width, max(gate_of_output) + 1) if gate_of_output else nn.Identity()
        self.register_buffer("gate_of_output", torch.tensor(gate_of_output, dtype=torch.long), persistent=False)

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
