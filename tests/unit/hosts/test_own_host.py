"""A host of the user's: one command per stretch, resumed, compared, and refused where it does not fit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import netCDF4
import pytest

from histories import write_history, write_run
from paramnet.contract import ParamnetError
from paramnet.hosts import CommandHost, CommandStretch, HostFault, HostRunFailed, RunRequest
from paramnet.hosts.experiment import MemberRun, OnlineConfig, run_online
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stopping import Stop

SCRIPT = """
before=0; [ -z "$3" ] || before=$(cat "$3")
cp "$1" history.nc; echo $((before + $2)) > restart; echo $2 > progress
"""


@dataclass
class Shell(CommandHost):
    """Copies a history of the stretch's length; its restart file counts the days."""

    name: str = "shell"
    histories: str = ""
    script: str = SCRIPT

    def command(self, stretch: CommandStretch) -> Sequence[str]:
        history = f"{self.histories}/history_{stretch.days:04d}.nc"
        return ["/bin/sh", "-ec", self.script, "shell", history, str(stretch.days), str(stretch.restart or "")]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    write_run(tmp_path / "whole", 3)
    with netCDF4.Dataset(tmp_path / "whole" / "history_0001.nc") as file:
        fields = {name: file[name][:].data for name in file.variables if file[name].dimensions[0] == "time"}
    for days in (1, 2):
        write_history(tmp_path / f"history_{days:04d}.nc", {name: values[:days] for name, values in fields.items()})
    return Shell(histories=str(tmp_path))


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., RunRequest]:
    def request(**others: Any) -> RunRequest:
        return RunRequest(**{"output": tmp_path / "run", "options": SchemeOptions(), "days": 3, "chunk_days": 2, **others})

    return request


def run(host: CommandHost, request: RunRequest) -> list[int]:
    """The days reported while the host ran."""
    days: list[int] = []
    host.run(request, None, lambda done, total: days.append(done), Stop())
    return days


def records(folder: Path) -> list[int]:
    found = []
    for path in sorted(folder.glob("history_*.nc")):
        with netCDF4.Dataset(path) as file:
            found.append(len(file.dimensions["time"]))
    return found


def test_stretches_restart_each_other_and_a_longer_run_continues(shell: Shell, request_of: Callable) -> None:
    assert run(shell, request_of()) == [2, 3]
    folder = request_of().output
    assert records(folder) == [2, 1]
    assert [path.read_text() for path in sorted(folder.glob("chunks/*/restart"))] == ["2\n", "3\n"]
    assert run(shell, request_of()) == []
    assert run(shell, request_of(days=5)) == [5] and records(folder) == [2, 1, 2]
    assert json.loads((folder / "summary.json").read_text()) == {"seed": 1, "host": "shell", "mode": "teacher"}


def test_a_run_starts_from_the_last_state_of_another(shell: Shell, request_of: Callable, tmp_path: Path) -> None:
    run(shell, request_of())
    run(shell, request_of(output=tmp_path / "next", start=tmp_path / "run", days=2))
    assert (tmp_path / "next" / "chunks" / "0001" / "restart").read_text() == "5\n"


def test_a_damaged_stretch_is_run_again(shell: Shell, request_of: Callable) -> None:
    run(shell, request_of())
    (request_of().output / "chunks" / "0002" / "restart").write_text("9\n")
    assert run(shell, request_of(days=4)) == [4]
    assert (request_of().output / "chunks" / "0002" / "restart").read_text() == "4\n"


@pytest.mark.parametrize(
    ("change", "what"),
    [({"seed": 2}, "seed: 1 → 2"), ({"options": SchemeOptions(precision="float64")}, "options.precision")],
)
def test_other_settings_are_not_mixed_into_a_run(shell: Shell, request_of: Callable, change: dict, what: str) -> None:
    run(shell, request_of())
    with pytest.raises(ParamnetError) as refused:
        run(shell, request_of(**change))
    assert what in refused.value.got
    assert run(shell, request_of(**change, overwrite=True)) == [2, 3]


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ("exit 3", "exit status 3"),
        ("cp $1 history.nc", "no file restart"),
        ("echo 1 > restart", "no file history.nc"),
        ("cp $(dirname $1)/history_0001.nc history.nc; echo 1 > restart", "history.nc with 1 records on dimension time for 2 days"),
        ("kill -9 $$", "exit status -9"),
    ],
)
def test_an_incomplete_stretch_is_a_fault_that_the_next_call_resumes(shell: Shell, request_of: Callable, script: str, got: str) -> None:
    with pytest.raises(HostFault) as fault:
        run(Shell(histories=shell.histories, script=script), request_of(output=request_of().output.with_name("faulty")))
    assert fault.value.got == got and fault.value.what == "shell"
    assert not (request_of().output.with_name("faulty") / "failed.json").exists()


def test_a_scheme_that_ends_the_run_is_a_result(shell: Shell, request_of: Callable, tmp_path: Path) -> None:
    ends = Shell(histories=shell.histories, script="echo 1 > progress; echo 'the network failed' > paramnet_error; exit 1")
    config = OnlineConfig(tmp_path / "set", tmp_path, ends, {"poor": MemberRun(), "good": MemberRun(host=shell)}, days=3, chunk_days=2)
    outcomes = run_online(config)
    assert (outcomes["poor"].days, outcomes["good"].days) == (1, 3)
    with pytest.raises(HostRunFailed) as again:
        run(ends, request_of(output=tmp_path / "set" / "poor"))
    assert again.value.days == 1 and "the network failed" in str(again.value)


@dataclass
class Counting(Shell):
    """Counts columns that fell back, as PlaSim's adapter does."""

    follows: ClassVar[tuple[str, ...]] = (*CommandHost.follows, "fallback")
    fell_back: int = 0

    def run(self, request: RunRequest, build: Any, on_day: Any, stop: Stop) -> None:
        super().run(request, build, on_day, stop)
        (request.output / "summary.json").write_text(json.dumps({"fallback_columns": self.fell_back}))


@pytest.mark.parametrize(("fell_back", "change", "made"), [(0, {}, False), (1, {}, True), (0, {"seed": 2}, True)])
def test_a_run_without_fallback_is_made_only_if_it_differs(
    shell: Shell, tmp_path: Path, fell_back: int, change: dict[str, int], made: bool
) -> None:
    scheme = tmp_path / "scheme.pt"
    scheme.write_bytes(b"a scheme")
    learned = SchemeOptions(mode="learned", scheme=scheme)
    without = MemberRun(options=replace(learned, fallback=False), **change)
    runs = {"without": without, "learned": MemberRun(options=learned)}
    host = Counting(histories=shell.histories, fell_back=fell_back)
    outcomes = run_online(OnlineConfig(tmp_path / "set", tmp_path, host, runs, days=3, chunk_days=2))
    assert list(outcomes) == ["without", "learned"]
    assert (tmp_path / "set" / "without").exists() == made
    assert outcomes["without"].equal_to == ("" if made else "learned") and outcomes["without"].days == 3


def test_a_stop_ends_the_run_before_the_next_stretch(shell: Shell, request_of: Callable) -> None:
    stop = Stop()
    stop.name = "SIGTERM"
    stop.event.set()
    with pytest.raises(HostFault) as fault:
        shell.run(request_of(), None, None, stop)
    assert fault.value.got == "SIGTERM, after day 0"


def test_an_option_that_the_host_does_not_follow_is_refused(shell: Shell) -> None:
    shell.require(SchemeOptions(threads=2), True, "runs.one")
    with pytest.raises(ParamnetError) as refused:
        shell.require(SchemeOptions(ramp_days=3.0), True, "runs.one")
    assert (refused.value.what, refused.value.got) == ("runs.one: options.ramp_days", "3.0")


def test_the_scheme_is_copied_so_that_replacing_it_does_not_change_the_run(shell: Shell, request_of: Callable, tmp_path: Path) -> None:
    scheme = tmp_path / "scheme.pt"
    scheme.write_bytes(b"first")
    options = SchemeOptions("learned", scheme)
    run(shell, request_of(options=options))
    assert (request_of().output / "scheme.pt").read_bytes() == b"first"
    scheme.write_bytes(b"second")
    with pytest.raises(ParamnetError) as refused:
        run(shell, request_of(options=options, days=5))
    assert "options.scheme" in refused.value.got


@pytest.mark.slow
def test_the_documented_host_is_run_and_compared_outside_the_checkout(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs" / "guides" / "own_parts.md").read_text()
    for name, code in re.findall(r"```(?:python|yaml)\n# (\S*hosts?/?\S*\.(?:py|yaml))\n(.*?)```", text, flags=re.DOTALL):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(code.replace("/home/me/model", str(tmp_path)))
    write_run(tmp_path / "made", 10, chunk=10)
    (tmp_path / "toy.sh").write_text(f"cp {tmp_path}/made/history_0001.nc history.nc; echo $1 > restart\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "PARAMNET_PARTS": "my_parts"}
    runs = ["+runs.control={mode:teacher,seed:1}", "+runs.floor={mode:teacher,seed:2}"]
    command = ["online", "--config-dir=conf", "host=toy", *runs, "days=20", "chunk_days=10", "output=out", "compare.control=control"]
    done = subprocess.run(
        [sys.executable, "-m", "paramnet", *command, "compare.first_day=5"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    comparison = json.loads((tmp_path / "out" / "comparison" / "comparison.json").read_text())
    assert comparison["runs"]["floor"]["days"] == 20 and comparison["online"]["fields"]["air_temperature"]["floor"] == 0.0
    assert json.loads((tmp_path / "out" / "control" / "run.json").read_text())["host"]["kind"] == "my_parts.hosts.ToyHost"
