"""Loggers of services, which delete nothing: what a continued run has logged before is not logged again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from pytorch_lightning.loggers import MLFlowLogger, WandbLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from paramnet.files import write_json
from paramnet.training.trainer_config import Mlflow, Wandb


def _record(path: Path, resumed: bool) -> dict[str, Any]:
    """What an earlier start of this run wrote of its log; empty for a new run."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8")) if resumed else {}
        return found if isinstance(found, dict) else {}
    return {}


def _news(metrics: Mapping[str, Any], step: int, logged: Mapping[str, int]) -> dict[str, Any]:
    """Metrics whose last logged step is before this one."""
    return {name: value for name, value in metrics.items() if step > logged.get(name, -1)}


class MlflowRun(MLFlowLogger):
    """A run of an MLflow experiment. ``mlflow.json`` in ``output`` has its id, with which a resumed run continues it."""

    kind = "mlflow"

    def __init__(self, config: Mlflow, output: Path, resumed: bool) -> None:
        folder = output.absolute()
        tracking = config.tracking_uri or f"sqlite:///{folder / 'mlruns.db'}"
        artifacts = None if config.tracking_uri else f"file:{folder / 'mlartifacts'}"
        self._record = output / "mlflow.json"
        earlier = _record(self._record, resumed)
        run = earlier.get("run") if earlier.get("tracking_uri") == config.tracking_uri else None
        self._mine = {"tracking_uri": config.tracking_uri}
        self._continued = run is not None
        self._logged: dict[str, int] = {}
        self._settings: dict[str, str] = {}
        super().__init__(config.experiment, output.name, tracking, artifact_location=artifacts, run_id=run)

    @rank_zero_only
    def open(self) -> None:
        """Create the run, or read what it has. Raises mlflow's errors."""
        client, run = self.experiment, str(self.run_id)
        write_json(self._record, {"run": run, **self._mine})
        if not self._continued:
            return
        client.update_run(run, status="RUNNING")
        data = client.get_run(run).data
        self._settings = dict(data.params)
        self._logged = {name: max(one.step for one in client.get_metric_history(run, name)) for name in data.metrics}

    @rank_zero_only
    def log_hyperparams(self, params: Any) -> None:
        """Log the settings; those that have changed since the run began, which MLflow refuses as parameters, as tags ``resumed.<key>``."""
        super().log_hyperparams({key: value for key, value in params.items() if key not in self._settings})
        for key, value in params.items():
            if key in self._settings and self._settings[key] != str(value)[:250]:
                self.experiment.set_tag(self.run_id, f"resumed.{key}", str(value)[:250])

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log what this step has not logged before."""
        if news := _news(metrics, step or 0, self._logged):
            super().log_metrics(news, step)


class WandbRun(WandbLogger):
    """A run of a W&B project. ``wandb.json`` in ``output`` has its id and the last step of each metric, for a resumed run.

    Offline each start writes a folder of its own, all with that id: ``wandb sync --id ID`` joins them.
    """

    kind = "wandb"

    def __init__(self, config: Wandb, output: Path, resumed: bool) -> None:
        self._record = output / "wandb.json"
        earlier = _record(self._record, resumed)
        self._logged: dict[str, int] = dict(earlier.get("logged", {})) if earlier.get("run") else {}
        options: dict[str, Any] = {"entity": config.entity or None}
        if config.offline:
            options |= {"mode": "offline", "resume": None}  # there is no server to resume from
        run = str(earlier.get("run") or uuid4().hex[:8])
        super().__init__(name=output.name, save_dir=str(output), id=run, project=config.project, **options)

    @rank_zero_only
    def open(self) -> None:
        """Start W&B. Raises its errors."""
        self._write(self.experiment.id)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log what this step has not logged before."""
        number = step or 0
        if news := _news(metrics, number, self._logged):
            super().log_metrics(news, step)
            self._logged |= dict.fromkeys(news, number)
            self._write(self.experiment.id)

    def _write(self, run: str) -> None:
        # Several times a second with small networks, so it is not synced; a file that was cut short only repeats steps.
        self._record.write_text(json.dumps({"run": run, "logged": self._logged}), encoding="utf-8")

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """End the run at W&B: another one of this process begins its own."""
        super().finalize(status)
        if self._experiment is not None:
            self._experiment.finish(exit_code=0 if status == "success" else 1)
            self._experiment = None
