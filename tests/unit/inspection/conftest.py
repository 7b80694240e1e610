"""A small scheme that was trained, evaluated and exported."""

from pathlib import Path

import pytest

from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.exporting import ExportConfig, export
from paramnet.scheme.networks import ModelConfig
from paramnet.training import TrainConfig, TrainerConfig, train


@pytest.fixture(scope="session")
def made(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with run/, evaluation/ and scheme.pt of a linear network."""
    folder = tmp_path_factory.mktemp("inspected_run")
    trainer = TrainerConfig(epochs=1, batch_size=512, progress_bar=False)
    checkpoint = str(
        train(TrainConfig(str(convection_store), str(folder / "run"), ModelConfig(kind="linear"), trainer=trainer)).best_checkpoint
    )
    sizes = {"limit": 200, "jacobian_columns": 0, "noise_samples": 0, "envelope_samples": 0}
    evaluate(EvaluateConfig(checkpoint, str(folder / "evaluation"), **sizes))
    skill = str(folder / "evaluation" / "skill.json")
    export(ExportConfig(checkpoint, str(folder / "scheme.pt"), samples=200, envelope_samples=500, skill=skill))
    return folder
