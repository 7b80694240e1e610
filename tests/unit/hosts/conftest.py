"""The hosts of these tests end within milliseconds, so they are polled as often."""

import pytest

from paramnet.hosts import process


@pytest.fixture(autouse=True)
def polled_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real host is polled five times a second."""
    monkeypatch.setattr(process, "POLL_SECONDS", 0.01)
