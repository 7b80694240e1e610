"""Build networks from their configuration."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks.config import ModelConfig


def build_network(config: ModelConfig, contract: Contract, n_features: int, feature_widths: Sequence[int] = ()) -> nn.Module:
    """Build the network for a contract: (column, n_features) -> (column, n_out), both dimensionless.

    ``n_features`` is the width of its normalized input: the inputs of the contract, then computed features with widths
    ``feature_widths``. A width that is a multiple of the number of levels means profiles; by default features are scalars.
    Raises ParamnetError for a network over levels if the contract has no input profile, and for a user's network that is not a map
    of columns.
    """
    widths = list(feature_widths) or [1] * (n_features - contract.n_in)
    if contract.n_in + sum(widths) != n_features:
        raise ParamnetError("feature_widths", expected=f"{n_features} inputs in total", got=f"{contract.n_in} and features {widths}")
    network = config.build(contract, n_features, widths)
    if type(config) not in ModelConfig.parts.values():
        _require_columns(network, config.kind, n_features, contract.n_out)
    return network


@torch.no_grad()
def _require_columns(network: nn.Module, kind: str, n_in: int, n_out: int) -> None:
    """Raise ParamnetError unless a user's network maps columns to columns, each by itself."""
    state = torch.get_rng_state()
    x = torch.randn(4, n_in)
    try:
        y, alone = network.eval()(x), network(x[:1])
    except Exception as error:  # the user's module may raise anything
        expected, got = f"a network of (column, {n_in})", f"{type(error).__name__}: {error}"
        raise ParamnetError(f"model.kind {kind}", expected=expected, got=got, remedy="correct its forward") from error
    finally:
        torch.set_rng_state(state)
        network.train()
    if y.shape != (4, n_out):
        raise ParamnetError(f"model.kind {kind}", expected=f"(column, {n_in}) -> (column, {n_out})", got=f"(4, {n_in}) -> {tuple(y.shape)}")
    if not torch.allclose(y[:1], alone, rtol=1e-3, atol=1e-4):
        expected, got = "outputs of a column that depend on this column alone", "outputs that change with the columns of the call"
        raise ParamnetError(f"model.kind {kind}", expected=expected, got=got, remedy="do not normalize or mix over dimension 0")
