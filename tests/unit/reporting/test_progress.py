"""Progress of long commands."""

from __future__ import annotations

import pytest

from paramnet.reporting.progress import Progress


def test_the_log_names_a_step_once_and_the_time_left(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 60))
    monkeypatch.setattr("paramnet.reporting.progress.time.monotonic", lambda: next(clock))
    with caplog.at_level("INFO"), Progress("days") as progress:
        show = progress.task("record", 3)
        for day in (1, 2, 3, 3):
            show(day)
    said = [record.message.split(", time left ") for record in caplog.records]
    assert [day for day, _ in said] == [f"record: {day} of 3 days" for day in (1, 2, 3)]
    assert [left.strip() for _, left in said] == ["?", "0:01:00", "0:00:00"]


def test_a_resumed_task_is_timed_from_its_first_step(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 60))
    monkeypatch.setattr("paramnet.reporting.progress.time.monotonic", lambda: next(clock))
    with caplog.at_level("INFO"), Progress("days") as progress:
        show = progress.task("record", 100)
        for day in (81, 90):
            show(day)
    assert "90 of 100 days, time left 0:01:07" in caplog.records[-1].message


def test_a_terminal_has_bars_instead_of_log_lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with caplog.at_level("INFO"), Progress("batches") as progress:
        show = progress.task("train", 2)
        show(1)
        show(2, "train_loss 0.5")
    assert progress.terminal and not caplog.records
