"""Where the dashboard of a Dask cluster is, for a browser on another machine."""

from __future__ import annotations

import re
import socket
import urllib.request

import pytest

from paramnet.execution import ClusterConfig
from paramnet.execution.dask_cluster import how_to_see, open_dask


@pytest.mark.parametrize(
    ("link", "line"),
    [
        (
            "http://127.0.0.1:40713/status",
            "dashboard: http://127.0.0.1:40713/status on node042; "
            "elsewhere: ssh -N -L 40713:127.0.0.1:40713 node042, then http://localhost:40713/status",
        ),
        (
            "http://[fe80::1]:8787/status",
            "dashboard: http://[fe80::1]:8787/status on node042; "
            "elsewhere: ssh -N -L 8787:[fe80::1]:8787 node042, then http://localhost:8787/status",
        ),
        ("https://hub.example.org/user/me/proxy/status", "dashboard: https://hub.example.org/user/me/proxy/status"),
    ],
)
def test_the_line_has_the_address_and_a_tunnel_unless_a_proxy_shows_it(link: str, line: str) -> None:
    assert how_to_see(link, "node042") == line


def test_the_address_that_is_logged_answers_and_names_this_machine(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("bokeh", reason="bokeh not installed (paramnet-climate[cluster])")
    with caplog.at_level("INFO", "paramnet.execution"), open_dask(ClusterConfig("local", workers=1, minimum_workers=0)):  # type: ignore[arg-type]
        (line,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("dashboard: ")]
        found = re.fullmatch(r"dashboard: (\S+) on (\S+); elsewhere: ssh -N -L (\d+):127\.0\.0\.1:\3 \2, then \S+", line)
        assert found and found[2] == socket.getfqdn()
        with urllib.request.urlopen(found[1], timeout=30) as answer:
            assert answer.status == 200
