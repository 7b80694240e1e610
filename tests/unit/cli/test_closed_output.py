"""``paramnet COMMAND --help | head``: a reader that closes its end is no error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import pytest

from paramnet.cli.main import COMMANDS, main
from paramnet.reporting.log import StandardOutput
from paramnet.reporting.table import console


@contextmanager
def closed_output() -> Iterator[None]:
    """Standard output is a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as output, redirect_stdout(output):
        yield
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), writer)


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_every_command_ends_quietly_with_status_141(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
    with closed_output():
        status = main()
    assert (status, capfd.readouterr().err) == (141, "")


def test_messages_and_tables_leave_the_error_to_the_command() -> None:
    record = logging.LogRecord("paramnet", logging.INFO, "", 0, "x", (), None)
    with closed_output(), pytest.raises(BrokenPipeError):
        StandardOutput().handle(record)
    with closed_output(), pytest.raises(BrokenPipeError):
        console().print("x")
