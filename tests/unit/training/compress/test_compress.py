"""``paramnet compress``: a smaller checkpoint that is trained, evaluated and exported like any other."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.scheme import load_checkpoint
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train
from paramnet.training.compress import CompressConfig, compress
from paramnet.training.distillation import Distillation

TRAINER = TrainerConfig(epochs=3, batch_size=256, learning_rate=3e-3, progress_bar=False, threads=1)


@pytest.fixture(scope="module")
def large(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = ModelConfig("mlp", hidden=[48, 48], activation="relu")
    output = tmp_path_factory.mktemp("large")
    return train(TrainConfig(str(convection_store), str(output), model=model, trainer=TRAINER, linear_baseline=False)).best_checkpoint


@pytest.fixture(scope="module")
def config(large: Path, tmp_path_factory: pytest.TempPathFactory) -> CompressConfig:
    return CompressConfig(str(large), str(tmp_path_factory.mktemp("small")), trainer=TRAINER, tolerance=0.02)


@pytest.fixture(scope="module")
def record(config: CompressConfig) -> Path:
    return compress(config)


def test_the_comparison_has_a_smaller_network_of_similar_skill(record: Path) -> None:
    networks = json.loads(record.read_text())["networks"]
    before, pruned, after = (networks[name] for name in ("large", "pruned", "distilled"))
    assert after["parameters"] == pruned["parameters"] < 0.5 * before["parameters"]
    assert after["mflop_per_column"] < 0.5 * before["mflop_per_column"] and before["microseconds_per_column"] > 0
    for name, r2 in before["r2"].items():
        assert after["r2"][name] > r2 - 0.05


def test_the_smaller_checkpoint_says_what_it_was_made_from_and_exports(record: Path, large: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(record.parent / "best.ckpt")
    assert checkpoint.meta["compressed"]["settings"]["tolerance"] == 0.02 and checkpoint.meta["teacher"]
    torch.testing.assert_close(checkpoint.scheme.normalizer.mean, load_checkpoint(large).scheme.normalizer.mean)
    made = export(ExportConfig(str(record.parent / "best.ckpt"), str(tmp_path / "scheme.pt"), samples=100, envelope_samples=200))
    manifest = read_manifest(made)
    assert manifest["provenance"]["compressed"] == checkpoint.meta["compressed"] and manifest["smoothness"]["lipschitz_bound"] > 0


def test_the_same_command_again_does_nothing_and_another_tolerance_is_refused(record: Path, config: CompressConfig) -> None:
    made = {path: path.stat().st_mtime_ns for path in record.parent.glob("*.ckpt")}
    assert compress(config) == record and {path: path.stat().st_mtime_ns for path in made} == made
    with pytest.raises(ParamnetError) as refused:
        compress(replace(config, tolerance=0.1))
    assert (refused.value.what, refused.value.got) == (f"output {config.output}", "one of other settings")


def test_a_longer_distillation_resumes(record: Path, config: CompressConfig) -> None:
    longer = replace(config, trainer=replace(TRAINER, epochs=4))
    compress(longer)
    assert load_checkpoint(record.parent / "last.ckpt").meta["epoch"] == 3


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_targets_are_the_mixture(large: Path, convection_store: Path, share: float) -> None:
    store = open_store(convection_store)
    split = store.split("train")
    x, y = (torch.from_numpy(np.asarray(side[:64])) for side in (split.inputs, split.outputs))
    mixed = Distillation.of(AdapterConfig("distilled", base="b", teacher=str(large), share=share), store)(x, y)  # type: ignore[misc]
    with torch.no_grad():
        torch.testing.assert_close(mixed, share * load_checkpoint(large).scheme(x) + (1 - share) * y, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize(("key", "value"), [("tolerance", 0.0), ("samples", 1), ("probes", 0), ("share", 1.5)])
def test_settings_are_checked(key: str, value: float) -> None:
    with pytest.raises(ParamnetError) as refused:
        CompressConfig("a", "b", **{key: value})
    assert refused.value.what == key
