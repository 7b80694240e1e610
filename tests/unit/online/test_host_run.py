from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from histories import write_run

from paramnet.contract import ParamnetError
from paramnet.online.build import HostBuild
from paramnet.online.host import HostSetup
from paramnet.online.run import HostRun, last_status, run_host
from paramnet.online.run_summary import combine_summaries
from paramnet.online.scheme_options import SchemeOptions

# Two threads of a fresh process (the failure is a crash) that look at the histories of runs ending together.
READ_SIDE_BY_SIDE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from paramnet.online.launch import _require_finite
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda path: _require_finite(path, "run", 1), [Path(name) for name in sys.argv[1:]] * 100))
"""

# A driver that is killed while its host runs.
DRIVE = """
import sys
from pathlib import Path
from paramnet.online.build import HostBuild
from paramnet.online.launch import launch
folder = Path(sys.argv[1])
launch(HostBuild(folder / "host", folder, 1), folder, "run", 0, 1, 1, lambda day, total: print("running", flush=True))
"""

FAKE_HOST = """#!/bin/sh
echo $$ > pid
echo 1 > progress
{ending}
"""


def fake_build(tmp_path: Path, ending: str) -> HostBuild:
    """A host of five lines, to see how failures are told."""
    executable = tmp_path / "host"
    executable.write_text(FAKE_HOST.format(ending=ending))
    executable.chmod(0o755)
    (tmp_path / "plasim" / "plasim" / "dat" / "T21").mkdir(parents=True)
    return HostBuild(executable, tmp_path / "plasim", 1)


@pytest.mark.parametrize("name", ["plasim_earth", "plasim_aquaplanet", "plasim_sp_earth", "plasim_sp_aquaplanet"])
def test_every_shipped_set_up_writes_its_inputs(repository: Path, tmp_path: Path, name: str) -> None:
    setup = HostSetup.from_yaml(repository / "conf" / "host" / f"{name}.yaml")
    setup.write_inputs(tmp_path, tmp_path, {"n_run_days": 3})
    assert setup.name == name
    assert len(list(tmp_path.glob("*_namelist"))) == 16
    assert " n_run_days = 3\n" in (tmp_path / "plasim_namelist").read_text()


def test_an_unknown_namelist_is_named() -> None:
    with pytest.raises(ParamnetError, match=r"namelists \['radmood'\] are not PlaSim's"):
        HostSetup(namelists={"radmood": {}})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "teecher"}, "expected one of"),
        ({"mode": "learned"}, "needs scheme="),
        ({"mode": "learned", "scheme": Path("nowhere.pt")}, "found no file; run paramnet export"),
        ({"fallback_limit": 5.0}, "between 0 and 1"),
        ({"backend": "tensorflow"}, "scheme backend: expected one of .*got .tensorflow"),
        ({"precision": "float16"}, "scheme precision: expected one of .*got .float16"),
        ({"threads": 0}, "scheme threads: expected 1 or more, got 0"),
    ],
)
def test_scheme_options_that_cannot_be_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ParamnetError, match=message):
        SchemeOptions(**options)


def test_a_host_that_aborts_is_told_with_its_own_message(tmp_path: Path) -> None:
    build = fake_build(tmp_path, "echo 'Wrong surface file' > Abort_Message")
    with pytest.raises(ParamnetError, match=r"(?s)stopped after day 1 with status 0.*Wrong surface file"):
        run_host(HostRun(tmp_path / "run", days=2), build, lambda done, total: None)


def test_the_adapters_own_message_comes_first(tmp_path: Path) -> None:
    build = fake_build(tmp_path, "echo 'gravity: expected 3.71' > paramnet_error; exit 1")
    with pytest.raises(ParamnetError, match=r"plasim_earth teacher, after day 1: gravity: expected 3.71$"):
        run_host(HostRun(tmp_path / "run", days=2), build, lambda done, total: None)


def test_chunks_follow_one_another_and_end_in_one_summary(tmp_path: Path) -> None:
    ending = """cp plasim_restart before 2>/dev/null
echo 2 > progress
echo state > plasim_status
echo '{"mode": "teacher", "ranks": 1, "teacher_calls": 96, "teacher_ms_mean": 2.0}' > summary.json"""
    told: list[tuple[int, int]] = []
    config = HostRun(tmp_path / "run", days=6, chunk_days=2)
    folder = run_host(config, fake_build(tmp_path, ending), lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert [path.name for path in sorted((folder / "chunks").iterdir())] == ["0001", "0002", "0003"]
    # only the last two restart files are kept
    assert [(folder / f"chunks/000{i}/plasim_status").is_file() for i in (1, 2, 3)] == [False, True, True]
    assert json.loads((folder / "summary.json").read_text())["teacher_calls"] == 3 * 96


def test_summaries_add_counts_and_weigh_means(tmp_path: Path) -> None:
    for i, (calls, mean) in enumerate([(10, 1.0), (30, 2.0)]):
        values = {"mode": "teacher", "ranks": 1, "teacher_calls": calls, "teacher_ms_mean": mean}
        (tmp_path / f"{i}.json").write_text(json.dumps(values))
    combined = combine_summaries([tmp_path / "0.json", tmp_path / "1.json"])
    assert combined["teacher_calls"] == 40 and combined["teacher_ms_mean"] == pytest.approx(1.75)
    assert combined["fallback_fraction"] == 0.0


def test_runs_that_end_together_are_checked_without_a_crash(tmp_path: Path) -> None:
    histories = [str(next(write_run(tmp_path / name, 10).glob("history_*.nc"))) for name in ("control", "floor")]
    ended = subprocess.run([sys.executable, "-c", READ_SIDE_BY_SIDE, *histories], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_a_host_ends_when_its_driver_is_killed(tmp_path: Path) -> None:
    fake_build(tmp_path, "exec sleep 60")
    driver = subprocess.Popen([sys.executable, "-c", DRIVE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None and driver.stdout.readline() == "running\n"
    driver.kill()
    driver.communicate()
    host = Path("/proc") / (tmp_path / "pid").read_text().strip()
    for _ in range(100):
        if not host.exists() or "State:\tZ" in (host / "status").read_text():
            return
        time.sleep(0.1)
    pytest.fail(f"the host {host.name} still runs")


def test_a_run_may_start_where_another_ended(tmp_path: Path) -> None:
    ending = """cp plasim_restart seen 2>/dev/null
echo 2 > progress
echo state > plasim_status
echo '{"mode": "teacher", "ranks": 1, "teacher_calls": 96, "teacher_ms_mean": 2.0}' > summary.json"""
    build = fake_build(tmp_path, ending.replace("cp plasim_restart seen", f"cp plasim_restart {tmp_path}/seen"))
    first = run_host(HostRun(tmp_path / "first", days=2), build, lambda done, total: None)
    run_host(HostRun(tmp_path / "second", days=2, start=last_status(first)), build, lambda done, total: None)
    assert (tmp_path / "seen").read_text() == "state\n"
    with pytest.raises(ParamnetError, match="holds a run with another start"):
        run_host(HostRun(tmp_path / "second", days=2, start=tmp_path / "host"), build)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"start": Path("nowhere")}, "expected another run's plasim_status"), ({"perturbation": 1e-3}, "expected with a start")],
)
def test_a_start_that_cannot_be_is_refused(tmp_path: Path, values: dict, message: str) -> None:
    with pytest.raises(ParamnetError, match=message):
        HostRun(tmp_path, **values)
