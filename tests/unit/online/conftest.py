"""Hosts of tests end within milliseconds and are looked at as often."""

import pytest

from paramnet.online import launch


@pytest.fixture(autouse=True)
def looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real host is asked five times a second."""
    monkeypatch.setattr(launch, "POLL_SECONDS", 0.01)
