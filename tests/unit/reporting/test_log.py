"""Messages of a command."""

from __future__ import annotations

import logging

import pytest
from hydra import compose, initialize_config_module
from hydra.core.utils import configure_log

from paramnet.reporting.log import log_to_standard_output


@pytest.fixture(autouse=True)
def _restored_logging() -> object:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.mark.parametrize("by", ["hydra", "process"])
def test_a_line_goes_to_standard_output_and_warnings_are_marked(by: str, capsys: pytest.CaptureFixture[str]) -> None:
    if by == "hydra":
        with initialize_config_module("paramnet.conf", version_base="1.3"):
            configure_log(compose("train", return_hydra_config=True).hydra.job_logging)
    else:
        log_to_standard_output(logging.INFO)
    log = logging.getLogger("paramnet.exporting.export")
    log.info("%d of %d", 1, 2)
    log.warning("scheme.pt: no program for the native backend")
    log.error("failed")
    assert capsys.readouterr() == ("1 of 2\nWARNING: scheme.pt: no program for the native backend\nERROR: failed\n", "")
