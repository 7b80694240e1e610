"""A network with memory in a scheme.pt: the memory is state, and the file steps through a sequence as the trained network does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, export, load_program, load_scheme, read_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.noise import standard_normal
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train

LENGTH, MEMORY, NOISE = 8, 4, 2


@pytest.fixture(scope="module")
def exported(memory_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkpoint = str(memory_run[1].best_checkpoint)
    return export(ExportConfig(checkpoint=checkpoint, output=str(tmp_path_factory.mktemp("file") / "scheme.pt"), samples=100))


def test_the_file_says_what_it_keeps_and_was_checked_with_memory(exported: Path) -> None:
    manifest = read_manifest(exported)
    assert manifest["format_version"] == 3 and manifest["native"]["program"] and manifest["random_numbers"] == 0
    assert manifest["state"] == [{"name": "memory", "start": [0.0] * MEMORY}]
    checks = manifest["checks"]
    assert checks["columns"] == 96 and checks["native"]["finite"] and 0 < checks["bfloat16"]["memory"]["max"] < 0.1
    assert manifest["network"]["kind"] == "column_memory" and manifest["provenance"]["model"]["burn_in"] == 2


def test_torchscript_and_program_step_as_the_trained_network_does(exported: Path, memory_run: Any, sequence_store: Path) -> None:
    trained, program, script = load_checkpoint(memory_run[1].best_checkpoint), load_program(exported), load_scheme(exported)[0]
    assert program is not None
    n_out, std = trained.contract.n_out, np.array(trained.meta["statistics"]["outputs"]["std"])
    x = torch.from_numpy(open_store(sequence_store).split("test").inputs[: 40 * LENGTH]).unflatten(0, (40, LENGTH))
    kept, native = torch.zeros(40, MEMORY), np.zeros((40, MEMORY), np.float32)
    with torch.no_grad():
        expected = trained.scheme.with_logits(x)[0].numpy()
        for step in range(LENGTH):
            row = script(torch.cat([x[:, step], kept], dim=1))
            own = interpret(program, np.concatenate([x[:, step].numpy(), native], axis=1))
            for found in (row.numpy(), own):
                assert (np.abs(found[:, :n_out] - expected[:, step]) <= 2e-5 * np.where(std > 0, std, 1.0)).all()
            kept, native = row[:, n_out:], own[:, n_out:]
    np.testing.assert_allclose(native, kept.numpy(), atol=1e-5)


def test_memory_and_lasting_noise_are_both_state(sequence_store: Path, convection_store: Path, tmp_path: Path) -> None:
    model = ModelConfig("column_memory", hidden=[16], memory=MEMORY, burn_in=2, noise=NOISE)
    trainer = TrainerConfig(epochs=1, batch_size=512, progress_bar=False, threads=1)
    run = TrainConfig(str(sequence_store), str(tmp_path), model=model, trainer=trainer, loss=LossConfig(kind="crps"), linear_baseline=False)
    checkpoint = str(train(run).best_checkpoint)
    path = export(ExportConfig(checkpoint=checkpoint, output=str(tmp_path / "scheme.pt"), noise_hours=[3.0], samples=80))
    manifest, trained = read_manifest(path), load_checkpoint(checkpoint)
    assert [(each["name"], len(each["start"])) for each in manifest["state"]] == [("memory", MEMORY), ("noise", NOISE)]
    x = torch.from_numpy(open_store(sequence_store).split("test").inputs[:7])
    state, random = torch.randn(7, MEMORY + NOISE), torch.from_numpy(standard_normal(1, 1, 0, np.arange(7), NOISE))
    phi = np.exp(-trained.contract.time_step / 3600.0 / 3.0)
    noise = phi * state[:, MEMORY:] + np.sqrt(1 - phi**2) * random
    with torch.no_grad():
        found = load_scheme(path)[0](torch.cat([x, state, random], dim=1))
        expected = trained.scheme(torch.cat([x, state[:, :MEMORY], noise.float()], dim=1))
    torch.testing.assert_close(found, torch.cat([expected, noise.float()], dim=1), rtol=1e-4, atol=1e-7)
    with pytest.raises(ParamnetError) as refused:  # its own store has sequences, another may have none
        export(ExportConfig(checkpoint=checkpoint, output=str(tmp_path / "other.pt"), store=str(convection_store)))
    assert (refused.value.what, refused.value.got) == ("a network with memory", "one of single samples")
    assert not (tmp_path / "other.pt").exists()
