"""Checkpoints survive full disks, killed processes and damaged files."""

import errno
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import configuration, same_bits

from paramnet.contract import ParamnetError
from paramnet.scheme import load_checkpoint
from paramnet.training import train
from paramnet.training.callbacks.interruption import Interruption
from paramnet.training.callbacks.saving import require_room
from paramnet.training.module import SchemeTraining

OTHER_DISK = Path("/dev/shm")

# The process is killed when half of the fourth checkpoint (last.ckpt of the second epoch) is written.
KILLED = """
import os, signal, sys
from collections.abc import Callable
from pathlib import Path
from paramnet.training import train
from small_runs import configuration
count, write = 0, Path.write_bytes
def half(self, content):
    global count
    count += ".ckpt." in self.name
    if count == 4 and ".ckpt." in self.name:
        write(self, bytes(content)[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return write(self, content)
Path.write_bytes = half
train(configuration(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def undisturbed(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("undisturbed")
    train(configuration(convection_store, output))
    return output


@pytest.mark.skipif(
    not OTHER_DISK.is_dir() or os.stat(OTHER_DISK).st_dev == os.stat(tempfile.gettempdir()).st_dev, reason="needs a second file system"
)
def test_a_kill_while_a_checkpoint_is_written_keeps_the_old_one_on_another_file_system(
    convection_store: Path, undisturbed: Path, repository: Path
) -> None:
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as folder:
        output = Path(folder) / "run"
        path = os.pathsep.join([str(repository / "tests" / "unit" / "training"), *sys.path])
        script = [sys.executable, "-c", KILLED, str(convection_store), str(output)]
        killed = subprocess.run(script, env={**os.environ, "PYTHONPATH": path}, timeout=300, check=False)
        assert killed.returncode == -signal.SIGKILL and list(output.glob(".*.part"))
        assert load_checkpoint(output / "last.ckpt").meta["epoch"] == 0
        train(configuration(convection_store, output))
        assert same_bits(output / "last.ckpt", undisturbed / "last.ckpt") and not list(output.glob(".*.part"))


def test_a_full_disk_keeps_the_previous_checkpoint_and_the_same_command_resumes(
    convection_store: Path, undisturbed: Path, tmp_path: Path
) -> None:
    count, write = 0, Path.write_bytes

    def full(self: Path, content: Any) -> int:
        nonlocal count
        count += ".ckpt." in self.name
        if count == 4:
            write(self, bytes(content)[:1000])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, content)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ParamnetError) as error:
        patch.setattr(Path, "write_bytes", full)
        train(configuration(convection_store, tmp_path))
    assert error.value.what == f"checkpoint {tmp_path / 'last.ckpt'}" and "No space left" in error.value.got
    assert "resumes from the previous checkpoint" in error.value.remedy
    assert not list(tmp_path.glob(".*.part")) and load_checkpoint(tmp_path / "last.ckpt").meta["epoch"] == 0
    train(configuration(convection_store, tmp_path))
    assert same_bits(tmp_path / "last.ckpt", undisturbed / "last.ckpt")


def test_a_disk_without_space_for_the_checkpoints_is_refused_before_anything_is_fitted(
    convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    import torch

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(ParamnetError) as error:
        require_room(torch.nn.Linear(1000, 1000), tmp_path)
    assert error.value.what == f"output {tmp_path}" and error.value.got == "1 MB"


def test_if_the_last_checkpoint_is_damaged_the_run_resumes_from_the_best(
    convection_store: Path, undisturbed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(configuration(convection_store, tmp_path, {"epochs": 1}))
    last = tmp_path / "last.ckpt"
    last.write_bytes(last.read_bytes()[:5000])
    with caplog.at_level(logging.INFO):
        train(configuration(convection_store, tmp_path))
    assert f"checkpoint {last}" in caplog.text and f"resuming from {tmp_path / 'best.ckpt'}: 1 of 2 epochs done" in caplog.text
    assert same_bits(last, undisturbed / "last.ckpt")
    for name in ("last.ckpt", "best.ckpt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, tmp_path, {"epochs": 3}))
    assert error.value.got == "last.ckpt and best.ckpt damaged" and "resume=never" in error.value.remedy


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), Path.unlink])
def test_if_the_best_checkpoint_is_lost_the_best_later_epoch_is_kept(
    damage: Callable[[Path], Any], convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    losses = iter([1.0, 3.0, 2.0])
    monkeypatch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
    train(configuration(convection_store, tmp_path, {"epochs": 1}))
    damage(tmp_path / "best.ckpt")
    train(configuration(convection_store, tmp_path, {"epochs": 3}))
    assert load_checkpoint(tmp_path / "best.ckpt").meta["epoch"] == 2
    assert f"checkpoint {tmp_path / 'best.ckpt'}" in caplog.text and "from here on" in caplog.text


def test_an_epoch_without_improvement_is_also_saved(convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([1.0, 2.0])
    monkeypatch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
    train(configuration(convection_store, tmp_path))
    assert [load_checkpoint(tmp_path / name).meta["epoch"] for name in ("best.ckpt", "last.ckpt")] == [0, 1]


def test_the_best_score_moves_with_its_folder(convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([1.0, 2.0, 1.5])
    monkeypatch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
    train(configuration(convection_store, tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")
    train(configuration(convection_store, tmp_path / "after", {"epochs": 3}))
    assert load_checkpoint(tmp_path / "after" / "best.ckpt").meta["epoch"] == 0


def test_a_second_ctrl_c_ends_at_once_and_one_sent_twice_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    clock = iter([10.0, 10.2, 12.0])
    monkeypatch.setattr("paramnet.training.callbacks.interruption.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("paramnet.training.callbacks.interruption.os.kill", lambda process, number: sent.append(number))
    monkeypatch.setattr("paramnet.training.callbacks.interruption.signal.signal", lambda *_: None)
    interruption = Interruption.__new__(Interruption)
    interruption.received, interruption._received_at = 0, 0.0
    for expected in ([], [], [signal.SIGINT]):
        interruption._receive(signal.SIGINT, None)
        assert sent == expected and interruption.received == signal.SIGINT
