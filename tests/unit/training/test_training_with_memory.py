"""Networks with memory: trained over sequences of consecutive steps, from an empty memory, without the steps that fill it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import configuration, same_bits

from paramnet.contract import ParamnetError
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.noise import draws_of
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, train
from paramnet.training.data import Sequences, StreamedBatches
from paramnet.training.data_module import StoreData

LENGTH, MEMORY, BURN_IN = 8, 4, 2
HEATING = "validation_r2/tendency_of_air_temperature_due_to_convection"
SMALL = ModelConfig("column_memory", hidden=[16], memory=MEMORY, burn_in=BURN_IN)


def test_a_task_that_needs_memory_is_learned_with_it_only(memory_run: Any, sequence_store: Path, tmp_path: Path) -> None:
    config, result = memory_run
    without = replace(config, output=str(tmp_path), model=ModelConfig(hidden=[64, 64], activation="silu"), linear_baseline=False)
    assert StoreData(without, open_store(sequence_store)).length == 1  # a network without memory sees ordinary samples
    plain = train(replace(without, trainer=replace(config.trainer, epochs=2)))
    assert result.scores[HEATING] > 0.6 and plain.scores[HEATING] < 0.1


def test_training_unrolls_what_a_host_steps_through(memory_run: Any, sequence_store: Path) -> None:
    scheme, contract, _ = load_checkpoint(memory_run[1].best_checkpoint)
    assert (scheme.memory, scheme.burn_in, scheme.width) == (MEMORY, BURN_IN, contract.n_in + MEMORY)
    x = torch.from_numpy(open_store(sequence_store).split("test").inputs[: 5 * LENGTH]).unflatten(0, (5, LENGTH))
    kept = torch.zeros(5, MEMORY)
    with torch.no_grad():
        predicted, logits = scheme.with_logits(x)
        assert logits.numel() == 0
        for step in range(LENGTH):
            row = scheme(torch.cat([x[:, step], kept], dim=1))
            torch.testing.assert_close(predicted[:, step], row[:, : contract.n_out], rtol=1e-5, atol=1e-12)
            kept = row[:, contract.n_out :]
    assert kept.abs().max() > 0.01


def test_memory_stays_bounded_whatever_the_inputs(memory_run: Any) -> None:
    scheme, contract, _ = load_checkpoint(memory_run[1].best_checkpoint)
    generator, kept = torch.Generator().manual_seed(1), torch.zeros(50, MEMORY)
    with torch.no_grad():
        for _ in range(200):
            x = torch.randn(50, contract.n_in, generator=generator) * 1e6
            kept = scheme(torch.cat([x, kept], dim=1))[:, contract.n_out :]
            assert kept.abs().max() <= 1.0 + 1e-6


def test_the_steps_of_the_burn_in_do_not_count(memory_run: Any) -> None:
    scheme = load_checkpoint(memory_run[1].best_checkpoint).scheme
    x = torch.arange(3 * LENGTH * 2.0).reshape(3, LENGTH, 2)
    (counted,) = scheme.counted(x)
    assert torch.equal(counted, x[:, BURN_IN:].reshape(-1, 2))


@pytest.mark.parametrize("residence", ["memory", "stream"])
def test_batches_are_whole_sequences_in_another_order_each_epoch(residence: str, sequence_store: Path, tmp_path: Path) -> None:
    config = configuration(sequence_store, tmp_path, {"batch_size": 64 * LENGTH}, model=SMALL)
    config.trainer.data = replace(config.trainer.data, residence=residence, block=100 * LENGTH)
    store = open_store(sequence_store)
    data, rows = StoreData(config, store), store.split("train").inputs[...].reshape(-1, LENGTH, store.contract.n_in)
    number = {row.tobytes(): place for place, row in enumerate(rows)}
    epochs = [[number[each.numpy().tobytes()] for batch in data.loader(epoch) for each in batch.inputs] for epoch in (0, 1)]
    assert len(set(epochs[0])) == len(epochs[0]) > 0.9 * len(rows) * (0.64 if residence == "stream" else 1) and epochs[0] != epochs[1]
    assert isinstance(data.parts[0], Sequences) and isinstance(data.loader(0), StreamedBatches) == (residence == "stream")


def test_an_interrupted_run_has_the_bits_of_an_uninterrupted_one(sequence_store: Path, tmp_path: Path) -> None:
    def run(name: str, epochs: int) -> Path:
        return train(configuration(sequence_store, tmp_path / name, {"epochs": epochs, "input_noise": 0.1}, model=SMALL)).last_checkpoint

    whole = run("whole", 2)
    run("parts", 1)
    assert same_bits(whole, run("parts", 2))


def test_each_draw_has_its_own_memory(sequence_store: Path, tmp_path: Path) -> None:
    model = replace(SMALL, noise=3)
    config = configuration(sequence_store, tmp_path, {"epochs": 1}, model=model, loss=LossConfig(kind="crps", bias_rate=0.02))
    scheme, contract, _ = load_checkpoint(train(config).best_checkpoint)
    x = torch.from_numpy(open_store(sequence_store).split("test").inputs[: 2 * LENGTH]).unflatten(0, (2, LENGTH))
    draws = draws_of(x.flatten(0, 1), 2, 3, 5, 0)
    assert draws is not None
    with torch.no_grad():
        predicted = scheme.with_logits(x, None, draws)[0]
        assert predicted.shape == (2, LENGTH, 2, contract.n_out)
        for draw in range(2):
            kept, random = torch.zeros(2, MEMORY), draws[:, draw].unflatten(0, (2, LENGTH))
            for step in range(LENGTH):
                row = scheme(torch.cat([x[:, step], kept, random[:, step]], dim=1))
                torch.testing.assert_close(predicted[:, step, draw], row[:, : contract.n_out], rtol=1e-5, atol=1e-12)
                kept = row[:, contract.n_out :]


@pytest.mark.parametrize(
    ("store", "changes", "what", "got"),
    [
        ("convection_store", {}, "a network with memory", "one of single samples"),
        ("sequence_store", {"model": replace(SMALL, burn_in=LENGTH)}, "model.burn_in", str(LENGTH)),
        ("sequence_store", {"trainer": {"batch_size": 500}}, "trainer.batch_size", "500"),
    ],
)
def test_what_does_not_go_together_is_refused_before_training(
    store: str, changes: dict, what: str, got: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = request.getfixturevalue(store)
    config = configuration(path, tmp_path / "out", changes.get("trainer"), model=changes.get("model", SMALL))
    with pytest.raises(ParamnetError) as refused:
        train(config)
    assert (refused.value.what, refused.value.got) == (what, got) and str(path) in refused.value.where
    assert not (tmp_path / "out" / "best.ckpt").exists()


@pytest.mark.parametrize(
    ("key", "value"), [("members", 2), ("head", "heteroscedastic"), ("fourier", 8), ("memory", 0), ("burn_in", -1), ("hidden", [])]
)
def test_a_network_with_memory_is_one_network_of_one_number_per_output(key: str, value: Any) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig("column_memory", **{key: value})
    assert refused.value.what == f"model.{key}"


def test_the_linear_baseline_sees_single_steps(memory_run: Any, sequence_store: Path) -> None:
    config: TrainConfig = memory_run[0]
    scheme = load_checkpoint(Path(config.output) / "linear" / "best.ckpt").scheme
    x = torch.from_numpy(open_store(sequence_store).split("test").inputs[:9])
    assert scheme.memory == 0 and np.isfinite(scheme(x).detach().numpy()).all()
