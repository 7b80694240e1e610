"""Loggers, and the packages they need."""

from pathlib import Path

import pytest
from pytorch_lightning.loggers import CSVLogger
from small_runs import configuration

from paramnet.contract import ParamnetError
from paramnet.training import LoggerConfig, train
from paramnet.training.loggers import build_logger


def test_csv_needs_no_package(tmp_path: Path) -> None:
    assert isinstance(build_logger(LoggerConfig(), tmp_path), CSVLogger)


@pytest.mark.parametrize("kind", ["tensorboard", "mlflow"])
def test_a_missing_package_is_named_with_what_to_install(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramnet.training.loggers.find_spec", lambda name: None)
    with pytest.raises(ParamnetError) as refused:
        build_logger(LoggerConfig(kind), tmp_path)
    assert (refused.value.what, refused.value.expected) == (f"logger={kind}", f"the package {kind}")
    assert f"pip install 'paramnet-climate[{kind}]'" in refused.value.remedy


def test_an_unknown_logger_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        LoggerConfig("wandb")
    assert (refused.value.what, refused.value.got) == ("logger.kind", "'wandb'")


def test_mlflow_keeps_settings_and_losses_in_a_file_next_to_the_checkpoints(convection_store: Path, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow: pip install 'paramnet-climate[mlflow]'")
    train(configuration(convection_store, tmp_path / "run", logger=LoggerConfig("mlflow")))
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'run' / 'mlruns.db'}")
    run = client.search_runs([client.get_experiment_by_name("paramnet").experiment_id])[0]
    assert run.info.status == "FINISHED" and run.data.params["trainer.learning_rate"] == "0.003"
    assert {"validation_loss", "learning_rate", "samples_per_second"} <= set(run.data.metrics)


def test_tensorboard_keeps_settings_and_losses_next_to_the_checkpoints(convection_store: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard: pip install 'paramnet-climate[tensorboard]'")
    train(configuration(convection_store, tmp_path / "run", logger=LoggerConfig("tensorboard")))
    assert list((tmp_path / "run" / "tensorboard" / "version_0").glob("events.*"))
