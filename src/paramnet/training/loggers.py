"""Loggers for the metrics of a run."""

from __future__ import annotations

from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, Logger

from paramnet.contract import ParamnetError, install_extra
from paramnet.files import flattened
from paramnet.training.config import TrainConfig
from paramnet.training.trainer_config import LoggerConfig, Mlflow


def build_logger(config: LoggerConfig, output: Path) -> Logger:
    """Build the configured logger, which writes below ``output``. Raises ParamnetError if its package is missing."""
    if not isinstance(config, Mlflow):
        if config.kind == "csv":
            return CSVLogger(output, name="log")
        _require_package("tensorboard")
        from pytorch_lightning.loggers import TensorBoardLogger

        return TensorBoardLogger(output, name="tensorboard")
    _require_package("mlflow")
    from pytorch_lightning.loggers import MLFlowLogger

    folder = output.absolute()
    tracking = config.tracking_uri or f"sqlite:///{folder / 'mlruns.db'}"
    artifacts = None if config.tracking_uri else f"file:{folder / 'mlartifacts'}"
    return MLFlowLogger(experiment_name=config.experiment, run_name=output.name, tracking_uri=tracking, artifact_location=artifacts)


def settings_of(config: TrainConfig) -> dict[str, Any]:
    """Every setting by dotted key, for the hyperparameters of a logger."""
    settings = flattened(asdict(config))
    return {key: value if isinstance(value, bool | int | float | str) else str(value) for key, value in settings.items()}


def _require_package(name: str) -> None:
    if find_spec(name) is None:
        raise ParamnetError(
            f"logger={name}",
            expected=f"the package {name}",
            got="none",
            remedy=f"{install_extra(name)}, or set logger=csv",
        )
