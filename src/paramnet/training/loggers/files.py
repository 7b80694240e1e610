"""Loggers that write files: what was logged after the checkpoint that a run is resumed from is logged again, so it is removed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from pytorch_lightning.loggers.csv_logs import ExperimentWriter
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from paramnet.files import replacing
from paramnet.training.processes import first_process


def _version(folder: Path, step: int | None) -> int | None:
    """The version of ``folder`` to continue; None for a new one."""
    found = [int(path.name.removeprefix("version_")) for path in folder.glob("version_*") if path.name.removeprefix("version_").isdecimal()]
    return max(found, default=None) if step is not None else None


class CsvTable(CSVLogger):
    """``log/version_<n>/metrics.csv`` with the settings in ``hparams.yaml``, one n per run begun.

    step : optimizer steps done in the checkpoint; the rows of later ones (counted from 0) are removed. None for a new run.
    """

    def __init__(self, output: Path, step: int | None) -> None:
        super().__init__(output, name="log", version=_version(output / "log", step))
        self._first_step = step or 0

    @property
    def experiment(self) -> Any:
        """The writer of the table, in the first process."""
        if self._experiment is None and first_process():
            Path(self.root_dir).mkdir(parents=True, exist_ok=True)
            self._experiment = _Appending(self.log_dir, self._first_step)
        return super().experiment


class _Appending(ExperimentWriter):
    """Continues the table in its folder, which Lightning's class would delete."""

    def __init__(self, log_dir: str, step: int) -> None:
        super().__init__(log_dir)
        table = Path(self.metrics_file_path)
        if not table.is_file():
            return
        with table.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = [row for row in reader if _step_of(row) < step]
            self.metrics_keys = list(reader.fieldnames or [])
        with replacing(table) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.metrics_keys)
            writer.writeheader()
            writer.writerows(rows)

    def _check_log_dir_exists(self) -> None:
        """Accept a folder with the table of the same run."""


def _step_of(row: dict[str, Any]) -> float:
    """The step of a row; infinite for one that was cut short when its process was killed."""
    try:
        return int(row["step"])
    except (KeyError, TypeError, ValueError):
        return float("inf")


class TensorBoardFiles(TensorBoardLogger):
    """``tensorboard/version_<n>``, one n per run begun. TensorBoard leaves out what an earlier start logged from ``step`` on."""

    def __init__(self, output: Path, step: int | None) -> None:
        version = _version(output / "tensorboard", step)
        super().__init__(output, name="tensorboard", version=version, purge_step=None if version is None else step)
        self._continued = version is not None

    def log_hyperparams(self, *arguments: Any, **keys: Any) -> None:
        """Log the settings, unless they are in the log already."""
        if not self._continued:
            super().log_hyperparams(*arguments, **keys)

    @rank_zero_only
    def save(self) -> None:
        """Write what is waiting, with a checkpoint: a killed run is then complete up to that."""
        super().save()
        self.experiment.flush()
