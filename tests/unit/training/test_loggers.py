"""Loggers: what they keep, the packages they need, and runs that are killed and resumed."""

from __future__ import annotations

import csv
import json
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback
from small_runs import configuration

from paramnet.contract import ParamnetError
from paramnet.training import LoggerConfig, train
from paramnet.training.loggers.build import build_logger
from paramnet.training.loggers.files import CsvTable

STEPS = {"validation_loss": [10, 21, 32], "train_loss": [10, 21, 32], "learning_rate": [10, 21, 32], "samples_per_second": [10, 21, 32]}


class Killed(Exception):
    """Stands for kill -9."""


class KillAt(Callback):
    """Ends the run before a batch without a word to the logger, as a kill does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            trainer.loggers = []
            if wandb := sys.modules.get("wandb"):
                wandb.finish()  # what is in its other process is not lost
            raise Killed


def killed_and_resumed(store: Path, output: Path, logger: LoggerConfig) -> None:
    """Two epochs of 11 steps are asked for; killed in the second, resumed from the first, then extended to a third."""
    with pytest.raises(Killed):
        train(configuration(store, output, logger=logger), [KillAt(15)])
    train(configuration(store, output, logger=logger))
    train(configuration(store, output, {"epochs": 3}, logger=logger))


def test_csv_continues_its_table_without_a_step_twice(convection_store: Path, tmp_path: Path) -> None:
    assert isinstance(build_logger(LoggerConfig(), tmp_path / "new"), CsvTable)
    killed_and_resumed(convection_store, tmp_path, LoggerConfig())
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["version_0"]
    rows = list(csv.DictReader((tmp_path / "log" / "version_0" / "metrics.csv").open()))
    assert {name: [int(row["step"]) for row in rows if row[name]] for name in STEPS} == STEPS
    assert "trainer.epochs: 3" in (tmp_path / "log" / "version_0" / "hparams.yaml").read_text()
    train(configuration(convection_store, tmp_path, {"epochs": 1}, resume="never"))
    assert len(list(csv.DictReader((tmp_path / "log" / "version_1" / "metrics.csv").open()))) >= 2


def test_rows_from_the_step_of_the_checkpoint_on_and_a_row_cut_short_are_removed(tmp_path: Path) -> None:
    table = tmp_path / "log" / "version_3" / "metrics.csv"
    table.parent.mkdir(parents=True)
    table.write_text("loss,step\n0.5,9\n0.4,10\n0.3,11\n0.2")
    logger = build_logger(LoggerConfig(), tmp_path, step=11)
    logger.log_metrics({"loss": 0.25, "rate": 1.0}, step=11)
    logger.save()
    rows = list(csv.DictReader(table.open()))
    assert [(row["step"], row["loss"], row["rate"]) for row in rows] == [("9", "0.5", ""), ("10", "0.4", ""), ("11", "0.25", "1.0")]


@pytest.mark.parametrize("kind", ["tensorboard", "mlflow", "wandb"])
def test_a_missing_package_is_named_with_what_to_install(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramnet.training.loggers.build.find_spec", lambda name: None)
    with pytest.raises(ParamnetError) as refused:
        build_logger(LoggerConfig(kind), tmp_path)
    assert (refused.value.what, refused.value.expected) == (f"logger={kind}", f"the package {kind}")
    assert f"pip install 'paramnet-climate[{kind}]'" in refused.value.remedy


def test_an_unknown_logger_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        LoggerConfig("comet")
    assert (refused.value.what, refused.value.got) == ("logger.kind", "'comet'")


def test_mlflow_continues_its_run_in_a_file_next_to_the_checkpoints(convection_store: Path, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow: pip install 'paramnet-climate[mlflow]'")
    killed_and_resumed(convection_store, tmp_path / "run", LoggerConfig("mlflow"))
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'run' / 'mlruns.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("paramnet").experiment_id])
    assert run.info.status == "FINISHED" and run.info.run_id == json.loads((tmp_path / "run" / "mlflow.json").read_text())["run"]
    assert run.data.params["trainer.learning_rate"] == "0.003" and run.data.tags["resumed.trainer.epochs"] == "3"
    assert {name: [one.step for one in client.get_metric_history(run.info.run_id, name)] for name in STEPS} == STEPS


def test_a_tracking_server_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow", reason="needs the extra mlflow: pip install 'paramnet-climate[mlflow]'")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ParamnetError) as refused:
        build_logger(LoggerConfig("mlflow", tracking_uri="http://127.0.0.1:9"), tmp_path)
    assert (refused.value.what, refused.value.expected) == ("logger=mlflow", "a tracking server at logger.tracking_uri")


def test_tensorboard_continues_its_run_and_purges_what_is_logged_again(convection_store: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard: pip install 'paramnet-climate[tensorboard]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    killed_and_resumed(convection_store, tmp_path / "run", LoggerConfig("tensorboard"))
    (folder,) = (tmp_path / "run" / "tensorboard").iterdir()
    read = EventAccumulator(str(folder)).Reload()
    assert {name: [one.step for one in read.Scalars(name)] for name in STEPS} == STEPS
    assert len(read.Scalars("hp_metric")) == 1 and "trainer.learning_rate: 0.003" in (folder / "hparams.yaml").read_text()


def test_wandb_offline_continues_its_run(convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="needs the extra wandb: pip install 'paramnet-climate[wandb]'")
    monkeypatch.setenv("WANDB_SILENT", "true")
    killed_and_resumed(convection_store, tmp_path / "run", LoggerConfig("wandb", offline=True))
    record = json.loads((tmp_path / "run" / "wandb.json").read_text())
    files = sorted((tmp_path / "run" / "wandb").glob(f"offline-run-*-{record['run']}/*.wandb"))
    rows = [row for file in files for row in history(file)]
    logged = Counter((name, row["trainer/global_step"]) for row in rows for name in row if name in STEPS)
    assert logged == Counter((name, step) for name, steps in STEPS.items() for step in steps)
    assert {name: record["logged"][name] for name in STEPS} == dict.fromkeys(STEPS, 32)


def history(file: Path) -> list[dict[str, Any]]:
    """Rows of metrics in W&B's own file."""
    from wandb.proto import wandb_internal_pb2

    rows = []
    for data in leveldb_records(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if record.WhichOneof("record_type") == "history":
            rows.append({item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item})
    return rows


def leveldb_records(content: bytes) -> Iterator[bytes]:
    """Records of LevelDB's log format, after a header of 7 bytes: checksum, length and type, in blocks of 32 KiB."""
    place, record = 7, b""
    while place + 7 <= len(content):
        _, length, kind = struct.unpack_from("<IHB", content, place)
        if kind == 0:  # the rest of the block is empty
            place = (place // 32768 + 1) * 32768
            continue
        record += content[place + 7 : place + 7 + length]
        place += 7 + length
        if 32768 - place % 32768 < 7:
            place = (place // 32768 + 1) * 32768
        if kind in (1, 4):  # complete, or the last part
            yield record
            record = b""
