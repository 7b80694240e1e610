"""Build networks from their configuration."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks.bilstm import ColumnBiLSTM
from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.config import MODEL_KINDS, ModelConfig
from paramnet.scheme.networks.ensemble import Ensemble
from paramnet.scheme.networks.fourier import FourierFirst, RandomFourier
from paramnet.scheme.networks.heads import Deterministic, HeadedNetwork, Heteroscedastic, Quantile
from paramnet.scheme.networks.layout import ColumnLayout
from paramnet.scheme.networks.linear import LinearNetwork
from paramnet.scheme.networks.mlp import MultilayerPerceptron
from paramnet.scheme.networks.residual_mlp import ResidualMLP
from paramnet.scheme.networks.transformer import ColumnTransformer
from paramnet.scheme.networks.unet import ColumnUNet

__all__ = ["MODEL_KINDS", "ModelConfig", "build_network", "gate_layout"]


def gate_layout(config: ModelConfig, contract: Contract) -> list[int]:
    """Index of the gate of each output column; empty without gates."""
    if config.gate == "none":
        return []
    if config.gate == "column":
        return [0] * contract.n_out
    if config.gate == "level":
        return list(range(contract.n_out))
    columns = contract.output_columns.values()
    return [index for index, column in enumerate(columns) for _ in range(column.stop - column.start)]


def build_network(config: ModelConfig, contract: Contract, n_features: int, feature_widths: Sequence[int] = ()) -> nn.Module:
    """Build the network for a contract: (column, n_features) -> (column, n_out), both dimensionless.

    ``n_features`` is the width of its normalized input: the inputs of the contract, then computed features with widths
    ``feature_widths``. A width that is a multiple of the number of levels means profiles; by default features are scalars.
    Raises ParamnetError for a network over levels if the contract has no input profile.
    """
    if config.kind == "linear":
        return LinearNetwork(n_features, contract.n_out)
    widths = list(feature_widths) or [1] * (n_features - contract.n_in)
    if contract.n_in + sum(widths) != n_features:
        raise ParamnetError("feature_widths", expected=f"{n_features} inputs in total", got=f"{contract.n_in} and features {widths}")
    members = [_member(config, contract, n_features, widths) for _ in range(config.members)]
    return members[0] if config.members == 1 else Ensemble(members)


def _member(config: ModelConfig, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
    head = _head(config, contract.n_out)
    parts = int(head.parts)  # type: ignore[arg-type]
    if "level" in config.dims:
        body = _over_levels(config, ColumnLayout.of(contract, widths, config.kind), parts)
    else:
        body = _flat(config, contract, n_features, parts)
    return body if config.head == "deterministic" else HeadedNetwork(body, head)


def _head(config: ModelConfig, n_out: int) -> nn.Module:
    if config.head == "quantile":
        return Quantile(n_out, list(config.quantiles))
    return Heteroscedastic(n_out) if config.head == "heteroscedastic" else Deterministic(n_out)


def _activation(config: ModelConfig) -> nn.Module:
    activations: dict[str, nn.Module] = {
        "leaky_relu": nn.LeakyReLU(config.negative_slope),
        "relu": nn.ReLU(),
        "gelu": nn.GELU(approximate="tanh"),
        "silu": nn.SiLU(),
    }
    return activations[config.activation]


def _flat(config: ModelConfig, contract: Contract, n_features: int, parts: int) -> nn.Module:
    activation, n_in, n_out = _activation(config), n_features + config.fourier, contract.n_out * parts
    if config.kind == "residual_mlp":
        network: nn.Module = ResidualMLP(n_in, n_out, config.width, config.depth, activation, config.dropout)
    else:
        gates = gate_layout(config, contract)
        network = MultilayerPerceptron(n_in, n_out, config.hidden, activation, config.skip, gates, config.gate_stretch, config.dropout)
    return FourierFirst(RandomFourier(n_features, config.fourier, config.fourier_scale), network) if config.fourier else network


def _over_levels(config: ModelConfig, layout: ColumnLayout, parts: int) -> nn.Module:
    activation, width = _activation(config), config.width
    channels = 2 * width if config.kind == "column_bilstm" else width
    before = ColumnInput(layout, channels, config.fourier, config.fourier_scale)
    after = ColumnOutput(layout, channels, activation, parts)
    if config.kind == "column_bilstm":
        return ColumnBiLSTM(before, after, width, config.depth, config.dropout)
    if config.kind == "column_transformer":
        return ColumnTransformer(before, after, width, config.depth, config.attention_heads, activation, config.dropout)
    most = (layout.n_levels // 2).bit_length() - 1
    if config.depth > most:
        raise ParamnetError("model.depth", expected=f"at most {most} halvings of {layout.n_levels} levels", got=str(config.depth))
    return ColumnUNet(before, after, width, config.depth, config.kernel, activation, config.dropout)
