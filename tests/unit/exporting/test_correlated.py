"""Noise with a timescale: kept as state, standard normal, and with the correlation that was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.api.backends import TorchScript
from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.exporting.artefact import load_scheme
from paramnet.inspection.scheme_file import inspect_scheme
from paramnet.noise import standard_normal
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train

NOISE, HOURS = 2, [3.0, 0.0]


@pytest.fixture(scope="module")
def checkpoint(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    trainer = TrainerConfig(epochs=1, batch_size=512, progress_bar=False, threads=1)
    model, output = ModelConfig(hidden=[16], activation="silu", noise=NOISE), str(tmp_path_factory.mktemp("noise"))
    config = TrainConfig(store=str(convection_store), output=output, model=model, trainer=trainer, loss=LossConfig(kind="crps"))
    return str(train(config).best_checkpoint)


@pytest.fixture(scope="module")
def exported(checkpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(ExportConfig(checkpoint=checkpoint, output=str(tmp_path_factory.mktemp("file") / "scheme.pt"), noise_hours=HOURS))


def test_the_file_says_what_it_keeps(exported: Path) -> None:
    manifest = read_manifest(exported)
    assert manifest["format_version"] == 3 and manifest["random_numbers"] == NOISE and manifest["noise_hours"] == HOURS
    assert manifest["state"] == [{"name": "noise", "start": [0.0] * NOISE}] and manifest["native"]["program"]


def test_the_noise_has_its_timescale_and_the_scheme_takes_it(exported: Path, checkpoint: str, convection_store: Path) -> None:
    trained = load_checkpoint(checkpoint)
    x = torch.from_numpy(open_store(convection_store).split("test").inputs[:1]).repeat(4000, 1)
    module, state = load_scheme(exported)[0], torch.zeros(4000, NOISE)
    kept = []
    for step in range(60):
        random = torch.from_numpy(standard_normal(1, 1, step, np.arange(4000), NOISE))
        with torch.no_grad():
            y = module(torch.cat([x, state, random], dim=1))
            state = y[:, trained.contract.n_out :]
            expected = trained.scheme(torch.cat([x, state], dim=1))
        torch.testing.assert_close(y[:, : trained.contract.n_out], expected, rtol=1e-5, atol=1e-12)
        kept.append(state.numpy())
    persistence = np.exp(-trained.contract.time_step / 3600.0 / HOURS[0])
    last, before = kept[-1], kept[-2]
    assert last.std(axis=0) == pytest.approx([1.0, 1.0], abs=0.05)
    assert [np.corrcoef(last[:, i], before[:, i])[0, 1] for i in range(NOISE)] == pytest.approx([persistence, 0.0], abs=0.06)


@pytest.mark.parametrize("hours", [[1.0, 2.0, 3.0], [-1.0], [float("inf")]])
def test_other_timescales_are_refused(checkpoint: str, hours: list[float], tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        export(ExportConfig(checkpoint=checkpoint, output=str(tmp_path / "scheme.pt"), noise_hours=hours))
    assert refused.value.what == "noise_hours" and not (tmp_path / "scheme.pt").exists()


def test_inspect_shows_what_it_keeps_and_the_response_of_the_first_step(exported: Path) -> None:
    sections = {section.title: dict(row[:2] for row in section.rows) for section in inspect_scheme(exported).sections}
    assert sections["carried"] == {
        "random numbers per column and call": NOISE, "state noise": "2 numbers per column", "timescale of the noise, hours": "3, 0",
    }  # fmt: skip
    assert np.isfinite(float(sections["linear response"]["growth rate, day-1"]))


def test_python_applies_the_first_step(exported: Path, checkpoint: str, convection_store: Path) -> None:
    trained = load_checkpoint(checkpoint)
    x = open_store(convection_store).split("test").inputs[:7]
    outputs, flags = TorchScript(exported, False, "")(x)
    with torch.no_grad():
        expected = trained.scheme(torch.cat([torch.from_numpy(x), torch.zeros(7, NOISE)], dim=1)).numpy()
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-12)
    assert not flags.any()
