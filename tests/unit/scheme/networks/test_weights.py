"""Dense layers with symmetric weights and with bounded singular values."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import ExportConfig, export, load_scheme, read_manifest
from paramnet.scheme import load_checkpoint
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.networks import ModelConfig, build_network, parameter_count
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train

KINDS: list[dict[str, Any]] = [
    {"kind": "mlp", "hidden": [24, 24, 24]},
    {"kind": "mlp", "hidden": [24, 24], "skip": True, "gate": "variable"},
    {"kind": "residual_mlp", "width": 24, "depth": 2},
    {"kind": "column_memory", "hidden": [24, 24], "memory": 4},
    {"kind": "flow", "hidden": [24, 24]},
]


def weights_of(network: torch.nn.Module) -> list[torch.Tensor]:
    return [layer.weight for layer in network.modules() if isinstance(layer, torch.nn.Linear)]


@pytest.mark.parametrize("settings", KINDS, ids=lambda settings: settings["kind"])
@pytest.mark.parametrize("reflectors", [0, 3])
def test_singular_values_stay_between_the_bounds_whatever_is_trained(settings: dict[str, Any], reflectors: int) -> None:
    contract = Contract.from_yaml("plasim_convection")
    network = build_network(
        ModelConfig(**settings, weights="svd", singular_values=[0.25, 1.25], reflectors=reflectors), contract, contract.n_in
    )
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 5)
    for weight in weights_of(network):
        values = torch.linalg.svdvals(weight.detach().double())
        assert values.min() > 0.25 - 1e-4 and values.max() < 1.25 + 1e-4


def test_as_many_reflectors_as_singular_values_start_at_the_free_weights() -> None:
    contract = Contract.from_yaml("plasim_convection")
    made = []
    for weights in ("free", "svd"):
        torch.manual_seed(5)
        model = ModelConfig("mlp", hidden=[40, 30], weights=weights, singular_values=[0.0, 3.0])
        made.append(weights_of(build_network(model, contract, contract.n_in)))
    for free, constrained in zip(*made, strict=True):
        values = torch.linalg.svdvals(free.detach())
        moved = torch.linalg.svdvals((constrained - free).detach()).max()
        assert moved <= max(0.0, 0.02 * 3.0 - float(values.min())) + 1e-5  # only those too near to a bound


def test_square_layers_are_symmetric_and_have_half_the_weights() -> None:
    contract = Contract.from_yaml("plasim_convection")
    free, symmetric = (
        build_network(ModelConfig("mlp", hidden=[24, 24, 24], weights=weights), contract, contract.n_in)
        for weights in ("free", "symmetric")
    )
    assert parameter_count(free) - parameter_count(symmetric) == 2 * (24 * 23 // 2)
    first, second, third, last = weights_of(symmetric)
    assert (
        torch.equal(second, second.T) and torch.equal(third, third.T) and first.shape == (24, contract.n_in) and len(last) == contract.n_out
    )
    assert 0.8 < float(second.detach().std() / weights_of(free)[1].detach().std()) < 1.2


def test_a_network_without_a_square_layer_is_refused() -> None:
    contract = Contract.from_yaml("plasim_convection")
    with pytest.raises(ParamnetError) as refused:
        build_network(ModelConfig("mlp", hidden=[30, 20], weights="symmetric"), contract, contract.n_in)
    assert (refused.value.what, refused.value.got) == ("model.weights symmetric", "none")


@pytest.mark.parametrize(
    ("key", "value"), [("weights", "orthogonal"), ("singular_values", [1.0, 1.0]), ("singular_values", [-1.0, 1.0]), ("reflectors", -1)]
)
def test_keys_of_weights_are_checked(key: str, value: Any) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig("mlp", **{key: value})
    assert refused.value.what == f"model.{key}"


def configuration(store: Path, output: Path, **model: Any) -> TrainConfig:
    trainer = TrainerConfig(epochs=1, batch_size=512, progress_bar=False, threads=1)
    return TrainConfig(
        str(store),
        str(output),
        model=ModelConfig("mlp", hidden=[24, 24], activation="relu", **model),
        trainer=trainer,
        linear_baseline=False,
    )


@pytest.mark.parametrize("weights", ["symmetric", "svd"])
def test_a_trained_scheme_has_plain_layers_that_keep_the_constraint(convection_store: Path, tmp_path: Path, weights: str) -> None:
    result = train(configuration(convection_store, tmp_path / "run", weights=weights, singular_values=[0.0, 0.9]))
    scheme, _, meta = load_checkpoint(result.best_checkpoint)
    assert meta["model"]["weights"] == weights and "network.trunk.0.weight" in scheme.state_dict()
    hidden = weights_of(scheme.network)[1].detach()
    assert torch.equal(hidden, hidden.T) if weights == "symmetric" else float(torch.linalg.matrix_norm(hidden, 2)) < 0.9 + 1e-5


def test_the_exported_program_and_its_report_are_those_of_plain_layers(convection_store: Path, tmp_path: Path) -> None:
    result = train(configuration(convection_store, tmp_path / "run", weights="svd", singular_values=[0.0, 0.9]))
    made = export(ExportConfig(str(result.best_checkpoint), str(tmp_path / "scheme.pt"), samples=100, envelope_samples=200))
    manifest = read_manifest(made)
    smooth = manifest["smoothness"]
    assert manifest["network"]["parameters"] == sum(x.numel() for x in load_checkpoint(result.best_checkpoint).scheme.parameters())
    assert 0 < smooth["median_slope"] <= smooth["largest_slope"] <= smooth["lipschitz_bound"] <= 0.9**3 * (1 + 1e-4)
    assert smooth["units"] == 48 and 0 < smooth["kinks_per_column"] < 48
    assert load_scheme(made)[0](torch.zeros(1, open_store(convection_store).contract.n_in)).isfinite().all()


@pytest.mark.parametrize("kind", ["full", "lora"])
def test_fine_tuning_starts_from_the_plain_weights(convection_store: Path, tmp_path: Path, kind: str) -> None:
    base = train(configuration(convection_store, tmp_path / "base", weights="svd")).best_checkpoint
    adapters = AdapterConfig(kind, base=str(base))
    still = replace(configuration(convection_store, tmp_path / kind), adapters=adapters)
    still = replace(still, trainer=replace(still.trainer, learning_rate=1e-12))
    before, after = load_checkpoint(base), load_checkpoint(train(still).best_checkpoint)
    assert after.meta["model"]["weights"] == "free"
    torch.testing.assert_close(after.scheme.network.trunk[2].weight, before.scheme.network.trunk[2].weight)
