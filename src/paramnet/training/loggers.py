"""Where a run's metrics go."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pytorch_lightning.loggers import CSVLogger, Logger

from paramnet.contract import ParamnetError
from paramnet.training.trainer_config import LoggerConfig


def build_logger(config: LoggerConfig, output: Path) -> Logger:
    """The logger a configuration names, writing below ``output``; ParamnetError when its package is missing."""
    if config.kind == "csv":
        return CSVLogger(output, name="log")
    _require_package(config.kind)
    if config.kind == "tensorboard":
        from pytorch_lightning.loggers import TensorBoardLogger

        return TensorBoardLogger(output, name="tensorboard")
    from pytorch_lightning.loggers import MLFlowLogger

    tracking = config.tracking_uri or f"file:{(output / 'mlruns').absolute()}"
    return MLFlowLogger(experiment_name=config.experiment, run_name=output.name, tracking_uri=tracking)


def _require_package(name: str) -> None:
    if find_spec(name) is None:
        raise ParamnetError(
            f"logger={name}: expected the package {name}, got none; pip install '.[{name}]' in a checkout, or take logger=csv"
        )
