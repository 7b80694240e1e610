"""Fine-tuning: a few trained weights lower the error in another climate, and exported networks contain no adapters."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import zarr
from numpy.typing import NDArray
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.program.lowering import lower
from paramnet.scheme import load_checkpoint
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.adapters import attach, merge, take_over, trained_weights
from paramnet.scheme.networks import ModelConfig, build_network
from paramnet.store import ColumnStatistics, create_split, create_statistics, open_store
from paramnet.store.statistics import QUANTILE_LEVELS
from paramnet.training import ScheduleConfig, TrainConfig, TrainerConfig, train

MLP = ModelConfig(kind="mlp", hidden=[64, 64], activation="silu")
SETTINGS = {
    "lora": AdapterConfig("lora", "base", rank=4, biases=True),
    "subspace": AdapterConfig("subspace", "base", dimension=300),
    "full": AdapterConfig("full", "base"),
}


def write_climate(path: Path, now: Path, samples: dict[str, int]) -> Path:
    """A store of a climate 4 K warmer than ``now``, with 30 % more humidity and 50 % more rain."""
    source, root = zarr.open_group(now, mode="r"), zarr.create_group(path)
    contract = open_store(now).contract
    for name, count in samples.items():
        group = create_split(root, name, contract, count, 512, "lz4")
        # Columns the base was not fitted to; fitting and choosing the best epoch use different ones.
        taken = {
            "train": ("validation", slice(0, count)),
            "validation": ("validation", slice(-count, None)),
            "test": ("test", slice(count)),
        }[name]
        x, y = (np.asarray(source[f"{taken[0]}/{side}"])[taken[1]] for side in ("inputs", "outputs"))
        y = 1.5 * y
        x[:, contract.input_columns["air_temperature"]] += 4.0
        x[:, contract.input_columns["surface_temperature"]] += 4.0
        x[:, contract.input_columns["specific_humidity"]] *= 1.3
        group["inputs"][:], group["outputs"][:], group["area_weight"][:] = x, y, np.ones(count, np.float32)
        if name == "train":
            create_statistics(root, {"inputs": statistics(x), "outputs": statistics(y)})
    root.attrs.update(dict(source.attrs))
    return path


def statistics(values: NDArray[np.float32]) -> ColumnStatistics:
    wide = values.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    std, constant = np.where(low == high, 0.0, wide.std(axis=0)), low == high
    return ColumnStatistics(np.clip(wide.mean(axis=0), low, high), std, low, high, constant, np.quantile(wide, QUANTILE_LEVELS, axis=0))


def run_config(store: Path, output: Path, epochs: int, rate: float, batch: int = 64, **changes) -> TrainConfig:
    trainer = TrainerConfig(epochs=epochs, batch_size=batch, learning_rate=rate, schedule=ScheduleConfig("one_cycle"), progress_bar=False)
    return TrainConfig(str(store), str(output), model=MLP, trainer=trainer, linear_baseline=False, **changes)


@pytest.fixture(scope="module")
def base(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    return train(run_config(convection_store, folder, epochs=12, rate=5e-3)).best_checkpoint


@pytest.fixture(scope="module")
def warm_store(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_climate(tmp_path_factory.mktemp("warm") / "store", convection_store, {"train": 512, "validation": 256, "test": 800})


def error(checkpoint: Path, store: Path) -> float:
    """Root mean square error on unseen columns of a store, in its own standard deviations."""
    opened = open_store(store)
    std = opened.statistics("outputs").std
    live = std > 0
    split = opened.split("test")
    with torch.inference_mode():
        predicted = load_checkpoint(checkpoint).scheme(torch.from_numpy(split.inputs[:])).numpy()
    return float(np.sqrt(np.mean(((predicted - split.outputs[:])[:, live] / std[live]) ** 2)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", SETTINGS)
def test_little_data_from_another_climate_lowers_the_error_there(kind: str, base: Path, warm_store: Path, tmp_path: Path) -> None:
    rate = {"lora": 5e-3, "subspace": 3e-2, "full": 1e-3}[kind]
    config = run_config(warm_store, tmp_path, epochs=15, rate=rate, adapters=replace(SETTINGS[kind], base=str(base)))
    adapted = train(config).best_checkpoint
    ratio = error(adapted, warm_store) / error(base, warm_store)
    assert ratio < {"lora": 0.8, "subspace": 0.9, "full": 0.85}[kind]
    weights = load_checkpoint(adapted).meta["weights"]
    assert weights["total"] == sum(p.numel() for p in load_checkpoint(base).scheme.parameters())
    assert weights["trained"] == {"lora": 4 * (53 + 64 + 64 + 64 + 64 + 30) + 64 + 64 + 30, "subspace": 300, "full": weights["total"]}[kind]
    _only_the_adapter_has_moved(kind, adapted, base)


def _only_the_adapter_has_moved(kind: str, adapted: Path, base: Path) -> None:
    """The base's weights are unchanged; the normalization is that of the base, the ranges cover both climates."""
    state, before = torch.load(adapted, weights_only=True)["state_dict"], torch.load(base, weights_only=True)["state_dict"]
    if kind != "full":
        weight = "scheme.network.trunk.0.parametrizations.weight.original"
        assert torch.equal(state[weight], before["scheme.network.trunk.0.weight"])
    old, new = load_checkpoint(base).statistics("inputs"), load_checkpoint(adapted).statistics("inputs")
    assert np.array_equal(old.mean, new.mean) and np.array_equal(old.std, new.std)
    assert (new.max >= old.max).all() and (new.max > old.max).any() and (new.min <= old.min).all()


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ({"kind": "mlp", "hidden": [32, 32], "gate": "variable"}, "lora"),
        ({"kind": "mlp", "hidden": [32, 32], "gate": "variable"}, "subspace"),
        ({"kind": "column_unet", "width": 8, "depth": 2}, "tucker"),
        ({"kind": "column_unet", "width": 8, "depth": 2}, "subspace"),
        ({"kind": "column_bilstm", "width": 8, "depth": 1}, "lora"),
        ({"kind": "column_transformer", "width": 8, "depth": 1}, "lora"),
    ],
)
def test_a_merged_network_gives_the_bits_of_the_adapted_one(convection: Contract, model: dict, kind: str) -> None:
    torch.manual_seed(3)
    plain, adapted = (build_network(ModelConfig(**model), convection, convection.n_in) for _ in range(2))
    x = torch.randn(50, convection.n_in)
    attach(adapted, AdapterConfig.read({"kind": kind, "base": "base", "rank": 3, "dimension": 40}))
    take_over(adapted, plain)
    before = _outputs(plain, x)
    assert torch.allclose(_outputs(adapted, x), before, rtol=1e-5, atol=1e-6)  # unchanged before training
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    moved = _outputs(adapted, x)
    trained, total = trained_weights(adapted)
    merge(adapted)
    assert torch.equal(_outputs(adapted, x), moved) and not torch.allclose(moved, before, atol=1e-3)
    assert trained < total == sum(parameter.numel() for parameter in adapted.parameters())
    assert adapted.state_dict().keys() == plain.state_dict().keys()


def _outputs(network: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        return network.eval()(x)


@pytest.mark.slow
def test_the_exported_program_is_as_long_as_the_base(base: Path, warm_store: Path, tmp_path: Path) -> None:
    config = run_config(warm_store, tmp_path, epochs=1, rate=1e-3, adapters=replace(SETTINGS["lora"], base=str(base)))
    adapted = load_checkpoint(train(config).best_checkpoint)
    ours, theirs = (lower(scheme, adapted.contract.n_in).operations for scheme in (adapted.scheme, load_checkpoint(base).scheme))
    assert [operation["op"] for operation in ours] == [operation["op"] for operation in theirs]
    again = load_checkpoint(train(replace(config, trainer=replace(config.trainer, epochs=2))).best_checkpoint)  # resumes
    assert again.meta["epoch"] == 1 and again.meta["adapters"]["kind"] == "lora"


def test_the_normalization_of_the_new_climate_is_used_on_request(base: Path, warm_store: Path, tmp_path: Path) -> None:
    adapters = replace(SETTINGS["full"], base=str(base), normalization="store")
    adapted = load_checkpoint(train(run_config(warm_store, tmp_path, epochs=1, rate=1e-3, adapters=adapters)).best_checkpoint)
    assert np.array_equal(adapted.statistics("inputs").mean, open_store(warm_store).statistics("inputs").mean)


@pytest.mark.parametrize(
    ("settings", "what", "expected", "got"),
    [
        ({"kind": "lara"}, "adapters.kind", "lora", "'lara'"),
        ({"kind": "lora"}, "adapters.base", "runs/train/best.ckpt", "''"),
        ({"base": "a.ckpt"}, "adapters.base", "a key of kind none", "one of kind distilled, extended, full, lora, subspace, tucker"),
        ({"kind": "lora", "base": "a", "rank": 0}, "adapters.rank", "at least 1", "0"),
    ],
)
def test_a_wrong_adapter_is_refused_with_what_is_expected(settings: dict, what: str, expected: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        AdapterConfig(**settings)
    assert refused.value.what == what and expected in refused.value.expected and refused.value.got == got


def test_tucker_is_refused_for_a_network_without_convolutions(convection: Contract) -> None:
    with pytest.raises(ParamnetError) as refused:
        attach(build_network(MLP, convection, convection.n_in), AdapterConfig("tucker", "base"))
    assert refused.value.what == "adapters=tucker" and "1-D convolutions" in refused.value.expected
    assert "adapters=lora" in refused.value.remedy
