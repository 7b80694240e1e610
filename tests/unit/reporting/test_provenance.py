"""How a result was made."""

import platform
import time

from paramnet import __version__
from paramnet.reporting.provenance import command, how_made, versions


def test_the_command_can_be_pasted_into_a_shell() -> None:
    assert command(["paramnet evaluate", "checkpoint=a b.ckpt", "output=out"]) == "paramnet evaluate 'checkpoint=a b.ckpt' output=out"


def test_a_script_is_named_without_its_folder_and_arguments() -> None:
    assert command(["/home/somebody/judge.py", "--token", "secret"]) == "judge.py" and command([]) == ""


def test_what_is_not_installed_has_no_version() -> None:
    assert versions("numpy", "no-such-distribution").keys() == {"python", "numpy"}


def test_wall_time_counts_from_the_given_moment() -> None:
    made = how_made(time.monotonic() - 60.0)
    assert 60.0 <= made["wall_seconds"] < 70.0 and made["paramnet_version"] == __version__
    assert platform.machine() in made["machine"] and platform.node() not in made["machine"].split()
