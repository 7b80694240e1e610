"""Messages of a command: one line each on standard output, warnings and errors marked as such."""

from __future__ import annotations

import logging
import sys
from typing import Any

__all__ = ["log_to_standard_output", "mark"]


class _Marked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return f"{record.levelname}: {text}" if record.levelno >= logging.WARNING else text


class StandardOutput(logging.StreamHandler[Any]):
    """Writes to what ``sys.stdout`` is at the moment: while a progress bar is shown, lines go above it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        mark(self)

    @property
    def stream(self) -> Any:
        """Standard output."""
        return sys.stdout

    def handleError(self, record: logging.LogRecord) -> None:
        """Raise BrokenPipeError, for ``| head``; report other errors as logging does."""
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            raise  # the error of the write that has just failed
        super().handleError(record)


def mark(handler: logging.Handler) -> None:
    """Begin warnings and errors of a handler with their level."""
    handler.setFormatter(_Marked())


def log_to_standard_output(level: int) -> None:
    """Send messages of at least ``level`` of this process to standard output, and none elsewhere."""
    logging.basicConfig(level=level, handlers=[StandardOutput()], force=True)
