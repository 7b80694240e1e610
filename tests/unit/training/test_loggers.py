"""Loggers that need a package say which."""

from pathlib import Path

import pytest
from pytorch_lightning.loggers import CSVLogger

from paramnet.contract import ParamnetError
from paramnet.training import LoggerConfig
from paramnet.training.loggers import build_logger


def test_csv_needs_nothing(tmp_path: Path) -> None:
    assert isinstance(build_logger(LoggerConfig(), tmp_path), CSVLogger)


@pytest.mark.parametrize("kind", ["tensorboard", "mlflow"])
def test_a_missing_package_is_named_with_what_to_install(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramnet.training.loggers.find_spec", lambda name: None)
    with pytest.raises(
        ParamnetError, match=rf"logger={kind}: expected the package {kind}, got none; pip install '\.\[{kind}\]' in a checkout"
    ):
        build_logger(LoggerConfig(kind), tmp_path)


def test_another_logger_is_refused() -> None:
    with pytest.raises(ParamnetError, match=r"logger\.kind: expected one of .* got 'wandb'"):
        LoggerConfig("wandb")
