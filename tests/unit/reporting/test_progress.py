"""Progress of long commands."""

from __future__ import annotations

import io
import logging

import pytest

from paramnet.reporting.progress import Progress, lines_of_progress, rate


class Clock:
    """A clock that is set by hand; seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("paramnet.reporting.progress.time.monotonic", made)
    return made


def test_a_log_has_a_line_a_minute_with_rate_and_time_left_and_one_at_the_end(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    with caplog.at_level("INFO"), Progress("chunks") as progress:
        show = progress.task("evaluate", 500)
        for chunk in range(1, 501):
            clock.now += 0.4
            show(chunk, "test")
        show(500)
    assert [record.message for record in caplog.records] == [
        "evaluate: 150 of 500 chunks, 2.5 chunks/s, time left 0:02:20, test",
        "evaluate: 300 of 500 chunks, 2.5 chunks/s, time left 0:01:20, test",
        "evaluate: 450 of 500 chunks, 2.5 chunks/s, time left 0:00:20, test",
        "evaluate: 500 of 500 chunks, 2.5 chunks/s, took 0:03:20, test",
    ]


def test_work_of_an_earlier_run_does_not_count_in_the_rate(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    with caplog.at_level("INFO"), Progress("days") as progress:
        shows = [progress.task("known", 100, done=80), progress.task("told", 100, done=None)]
        for day in (80, 90):
            for show in shows:
                show(day)
            clock.now += 600
        for show in shows:
            show(95)
    assert [record.message for record in caplog.records] == [
        "known: 90 of 100 days, 1 days/min, time left 0:10:00",
        "told: 90 of 100 days, 1 days/min, time left 0:10:00",
        "known: 95 of 100 days, 45 days/h, time left 0:06:40",
        "told: 95 of 100 days, 45 days/h, time left 0:06:40",
    ]


def test_time_left_is_not_shown_before_it_is_known(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    with caplog.at_level("INFO"), Progress("days") as progress:
        show = progress.task("record", 3, done=None)
        clock.now += 3600
        show(1)
        show(3)
    assert [record.message for record in caplog.records] == ["record: 1 of 3 days", "record: 3 of 3 days"]


@pytest.mark.parametrize(
    ("per_second", "text"), [(12_345.6, "12,346 n/s"), (1.0, "1 n/s"), (0.5, "30 n/min"), (1 / 120, "30 n/h"), (1 / 7200, "12 n/day")]
)
def test_a_rate_is_given_in_the_unit_of_time_in_which_it_is_at_least_one(per_second: float, text: str) -> None:
    assert rate(per_second, "n") == text


def test_a_terminal_has_bars_instead_of_log_lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with caplog.at_level("INFO"), Progress("batches") as progress:
        show = progress.task("train", 2)
        show(1)
        show(2, "train_loss 0.5")
    assert progress.terminal and not caplog.records


def test_what_is_printed_into_a_file_stays_there_while_a_terminal_shows_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    monkeypatch.setattr("sys.stdout", file)
    with Progress("batches") as progress:
        progress.task("train", 2)(1)
        print("checkpoint: best.ckpt")
    assert file.getvalue() == "checkpoint: best.ckpt\n"


def as_in_a_script(monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """The logger of the package as where nobody has configured logging. Not a fixture: pytest adds its handlers after those."""
    logger = logging.getLogger("paramnet")
    monkeypatch.setattr(logger, "propagate", False)
    return logger


def work() -> None:
    with Progress("chunks") as progress:
        progress.task("evaluate", 2)(2)


@pytest.mark.usefixtures("clock")
def test_a_script_that_has_not_configured_logging_sees_the_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_in_a_script(monkeypatch)
    work()
    assert capsys.readouterr() == ("", "")
    with pytest.raises(KeyError), lines_of_progress():
        work()
        raise KeyError
    assert capsys.readouterr() == ("evaluate: 2 of 2 chunks\n", "")
    work()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("how", ["handler", "level"])
def test_a_script_that_has_configured_logging_has_what_it_asked_for(
    how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = as_in_a_script(monkeypatch)
    if how == "handler":
        errors = logging.StreamHandler()
        errors.setLevel(logging.WARNING)
        monkeypatch.setattr(package, "handlers", [errors])
    else:
        monkeypatch.setattr(package, "level", logging.ERROR)
    with lines_of_progress():
        work()
    assert capsys.readouterr() == ("", "")
