"""Build the logger of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger

from paramnet.contract import ParamnetError, install_extra
from paramnet.files import flattened
from paramnet.training.config import TrainConfig
from paramnet.training.loggers.files import CsvTable, TensorBoardFiles
from paramnet.training.loggers.services import MlflowRun, WandbRun
from paramnet.training.trainer_config import LoggerConfig, Mlflow, Wandb


def build_logger(config: LoggerConfig, output: Path, step: int | None = None) -> Logger:
    """Build the configured logger, which writes below ``output``.

    step : optimizer steps done in the checkpoint that the run is resumed from; None for a new run. Raises ParamnetError if the package
    of the logger is missing, or if its service does not answer or does not accept the run.
    """
    if config.kind == "csv":
        return CsvTable(output, step)
    _require_package(config.kind)
    if isinstance(config, Mlflow):
        remedy = f"check it, or remove {output / 'mlflow.json'} if that run is gone"
        return _opened(MlflowRun(config, output, step is not None), "a tracking server at logger.tracking_uri", remedy)
    if isinstance(config, Wandb):
        remedy = "run `wandb login`, or set logger.offline=true"
        return _opened(WandbRun(config, output, step is not None), "a run that W&B accepts", remedy)
    return TensorBoardFiles(output, step)


def settings_of(config: TrainConfig) -> dict[str, Any]:
    """Every setting by dotted key, for the hyperparameters of a logger."""
    settings = flattened(asdict(config))
    return {key: value if isinstance(value, bool | int | float | str) else str(value) for key, value in settings.items()}


def _opened(logger: MlflowRun | WandbRun, expected: str, remedy: str) -> Logger:
    open_run: Callable[[], None] = logger.open
    try:
        open_run()
    except Exception as error:  # of packages that may not be installed
        got = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ParamnetError(f"logger={logger.kind}", expected=expected, got=repr(got), remedy=f"{remedy}, or set logger=csv") from error
    return logger


def _require_package(name: str) -> None:
    if find_spec(name) is None:
        raise ParamnetError(
            f"logger={name}",
            expected=f"the package {name}",
            got="none",
            remedy=f"{install_extra(name)}, or set logger=csv",
        )
