"""A command interrupted at any moment and repeated ends with the same bits."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from commands import run, start
from faults import DISKS, SIGNALS, Disk, can_mount, strike
from pipeline import Stage, stages
from table import MOMENTS, note

pytestmark = [pytest.mark.host, pytest.mark.slow, pytest.mark.system]
COMMANDS = ("preprocess", "train", "evaluate", "export", "online", "demo")
# In `make test` one fault for each command that takes long; all of them in `make test-system`.
SHORT = [("preprocess", "kill -9"), ("train", "SIGINT"), ("online", "SIGINT")]
LONG = [(command, fault) for command in COMMANDS for fault in SIGNALS]
DISK_FAULTS = [("train", "full disk")] if MOMENTS == 1 else [(command, fault) for command in COMMANDS[:-1] for fault in DISKS]
_TRACEBACK = "Traceback (most recent call last)"


class Undisturbed:
    """Duration and results of each command without faults."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str]] = {}

    def of(self, stage: Stage, folder: Path) -> tuple[float, str]:
        """(seconds, fingerprint) of a stage, run once."""
        if stage.name not in self._known:
            output = folder / f"undisturbed_{stage.name}"
            output.mkdir()
            began = time.monotonic()
            assert run(stage.arguments(output), output, output / "log") == 0, (output / "log").read_text()[-3000:]
            self._known[stage.name] = time.monotonic() - began, stage.results(output)
        return self._known[stage.name]


UNDISTURBED = Undisturbed()


def stage_named(name: str, pipeline: Path) -> Stage:
    return next(stage for stage in stages(pipeline) if stage.name == name)


def finish(stage: Stage, output: Path, log: Path, expected: str, row: dict[str, object]) -> None:
    """Repeat the command twice: the first gives the same bits, the second changes nothing."""
    status = run(stage.arguments(output), output, log)
    text = log.read_text()
    row["status afterwards"], row["same bits"] = status, status == 0 and stage.results(output) == expected
    row["survived"] = bool(row["same bits"]) and run(stage.arguments(output), output, log) == 0 and stage.results(output) == expected
    note(**row)
    assert row["survived"], f"{row}\n{text[-3000:]}"


@pytest.mark.parametrize(("command", "fault"), SHORT if MOMENTS == 1 else LONG)
def test_a_signal_at_any_moment(command: str, fault: str, pipeline: Path, tmp_path: Path) -> None:
    stage = stage_named(command, pipeline)
    lasts, expected = UNDISTURBED.of(stage, pipeline)
    chance = random.Random(f"{command} {fault}")
    for number in range(MOMENTS + (command == "demo")):  # no disk fails under a demo
        output = tmp_path / str(number)
        output.mkdir()
        running = start(stage.arguments(output), output, output / "log")
        moment = strike(running, fault, lasts, chance)
        status = running.wait(600)
        text = (output / "log").read_text()
        row: dict[str, object] = {"command": command, "fault": fault, "second": round(moment, 2), "status": status}
        row["traceback"] = _TRACEBACK in text
        assert not row["traceback"], f"{row}\n{text[-3000:]}"
        if status == 0:  # it was complete before the signal, or handled it: all results must exist
            assert stage.results(output) == expected, row
        finish(stage, output, output / "log", expected, row)


@pytest.mark.parametrize(("command", "fault"), DISK_FAULTS)
def test_a_disk_that_fails(command: str, fault: str, pipeline: Path, tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("only root can mount a small file system to fill")
    stage = stage_named(command, pipeline)
    lasts, expected = UNDISTURBED.of(stage, pipeline)
    needed = sum(path.stat().st_size for path in (pipeline / f"undisturbed_{command}").rglob("*") if path.is_file()) / 2**20
    chance = random.Random(f"{command} {fault}")
    for number in range(MOMENTS):
        disk, log = Disk(tmp_path / f"disk{number}"), tmp_path / f"log{number}"
        share = chance.uniform(0.02, 0.9)
        disk.mount(needed * share if fault == "full disk" else stage.megabytes + 2 * needed)
        try:
            running = start(stage.arguments(disk.folder), tmp_path, log)
            if fault == "read-only disk":
                time.sleep(share * lasts)
                disk.freeze(2 * lasts)
            status = running.wait(300)
            text = log.read_text()
            row: dict[str, object] = {"command": command, "fault": fault, "share": round(share, 2), "status": status}
            assert _TRACEBACK not in text, f"{row}\n{text[-3000:]}"
            disk.resize(stage.megabytes + 2 * needed)
            if status == 0:
                assert stage.results(disk.folder) == expected, row
            finish(stage, disk.folder, log, expected, row)
        finally:
            disk.unmount()
