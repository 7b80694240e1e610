"""Networks named in configuration."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from paramnet.architectures.linear import LinearNetwork
from paramnet.architectures.mlp import MultilayerPerceptron
from paramnet.contract import Contract, ParamnetError

MODEL_KINDS = ("mlp", "linear")
ACTIVATIONS = ("leaky_relu", "relu", "gelu", "silu")
GATES = ("none", "column", "variable", "level")


@dataclass
class ModelConfig:
    """A network.

    ``kind`` mlp or linear. mlp: ``hidden`` layer widths, ``activation`` (leaky_relu with ``negative_slope``, relu, gelu,
    silu), ``skip`` adds a linear path, ``gate`` multiplies outputs by sigmoids: one per ``column``, one per ``variable``,
    one per output ``level``, or none, of which ``gate_stretch`` makes the improbable exactly zero; ``input_limit`` > 0
    holds normalized inputs within +- so many standard deviations.
    linear: ``ridge`` is the penalty per sample on standardized inputs.
    """

    kind: str = "mlp"
    hidden: list[int] = field(default_factory=lambda: [256] * 9)
    activation: str = "leaky_relu"
    negative_slope: float = 0.3
    skip: bool = False
    gate: str = "none"
    gate_stretch: float = 0.0
    input_limit: float = 0.0
    ridge: float = 1e-4

    def __post_init__(self) -> None:
        for key, value, allowed in (
            ("kind", self.kind, MODEL_KINDS),
            ("activation", self.activation, ACTIVATIONS),
            ("gate", self.gate, GATES),
        ):
            if value not in allowed:
                raise ParamnetError(f"model.{key}: expected one of {allowed}, got {value!r}")
        if self.kind == "mlp" and (not self.hidden or min(self.hidden) < 1):
            raise ParamnetError(f"model.hidden: expected one or more layer widths of at least 1, got {self.hidden}")
        if self.gate_stretch < 0:
            raise ParamnetError(f"model.gate_stretch: expected a share of at least 0, got {self.gate_stretch}")
        if self.input_limit < 0:
            raise ParamnetError(f"model.input_limit: expected a number of standard deviations, 0 for none, got {self.input_limit}")
        if self.ridge < 0:
            raise ParamnetError(f"model.ridge: expected a penalty of at least 0, got {self.ridge}")


def gate_layout(config: ModelConfig, contract: Contract) -> list[int]:
    """For each output column the index of its gate; empty without gates."""
    if config.gate == "none":
        return []
    if config.gate == "column":
        return [0] * contract.n_out
    if config.gate == "level":
        return list(range(contract.n_out))
    columns = contract.output_columns.values()
    return [index for index, column in enumerate(columns) for _ in range(column.stop - column.start)]


def build_network(config: ModelConfig, contract: Contract, n_features: int) -> nn.Module:
    """The network for a contract; ``n_features`` is the width of its (normalized) input."""
    if config.kind == "linear":
        return LinearNetwork(n_features, contract.n_out)
    activations: dict[str, nn.Module] = {
        "leaky_relu": nn.LeakyReLU(config.negative_slope),
        "relu": nn.ReLU(),
        "gelu": nn.GELU(approximate="tanh"),
        "silu": nn.SiLU(),
    }
    return MultilayerPerceptron(
        n_features,
        contract.n_out,
        config.hidden,
        activations[config.activation],
        config.skip,
        gate_layout(config, contract),
        config.gate_stretch,
    )
