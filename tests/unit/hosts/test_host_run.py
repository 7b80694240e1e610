from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fake_host import fake_build, run_of

from histories import write_run
from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.restart_file import write_records
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.run_summary import combine_summaries
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

# Two threads of a new process (a failure is a crash) that check the histories of runs ending together.
READ_SIDE_BY_SIDE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from paramnet.hosts.plasim.ending import Ended, require_finite
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda path: require_finite(Ended(Path(path), "run", 0, 1, 1)), sys.argv[1:] * 100))
"""

# A driver that is killed while its host runs.
DRIVE = """
import sys
from pathlib import Path
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.launch import Days, launch
folder = Path(sys.argv[1])
launch(HostBuild(folder / "host", folder, 1), folder, "run", Days(0, 1, 1), lambda day, total: print("running", flush=True))
"""


@pytest.mark.parametrize("name", ["plasim_earth", "plasim_aquaplanet", "plasim_sp_earth", "plasim_sp_aquaplanet"])
def test_every_shipped_set_up_writes_its_inputs(repository: Path, tmp_path: Path, name: str) -> None:
    setup = HostSetup.from_yaml(repository / "conf" / "host" / f"{name}.yaml")
    setup.write_inputs(tmp_path, tmp_path, {"n_run_days": 3})
    assert setup.name == name
    assert len(list(tmp_path.glob("*_namelist"))) == 16
    assert " n_run_days = 3\n" in (tmp_path / "plasim_namelist").read_text()


def test_an_unknown_namelist_is_named() -> None:
    with pytest.raises(ParamnetError) as refused:
        HostSetup(namelists={"radmood": {}})
    assert (refused.value.what, refused.value.got) == ("host.namelists", "radmood") and "radmod" in refused.value.expected


@pytest.mark.parametrize(
    ("options", "what", "got"),
    [
        ({"mode": "teecher"}, "options.mode", "'teecher'"),
        ({"mode": "learned"}, "options.scheme", "none"),
        ({"mode": "learned", "scheme": Path("nowhere.pt")}, "options.scheme", "no file nowhere.pt"),
        ({"fallback_limit": 5.0}, "options.fallback_limit", "5.0"),
        ({"ramp_days": -1.0}, "options.ramp_days", "-1.0"),
        ({"ramp_days": float("nan")}, "options.ramp_days", "nan"),
        ({"backend": "tensorflow"}, "options.backend", "'tensorflow'"),
        ({"precision": "float16"}, "options.precision", "'float16'"),
        ({"threads": 0}, "options.threads", "0"),
    ],
)
def test_invalid_scheme_options_are_refused(options: dict, what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        SchemeOptions(**options)
    assert (refused.value.what, refused.value.got) == (what, got) and refused.value.expected


@pytest.mark.parametrize(("boundary", "seed", "warned"), [("aquaplanet", 2, True), ("aquaplanet", 1, False), ("earth", 2, False)])
def test_a_seed_that_makes_no_other_run_is_warned_of(boundary: str, seed: int, warned: bool, tmp_path: Path, caplog) -> None:
    config = run_of(tmp_path / "run")
    config = replace(config, host=replace(config.host, boundary=boundary), seed=seed)
    run_host(config, fake_build(tmp_path / "build"))
    assert any("seed 1" in record.getMessage() for record in caplog.records if record.levelname == "WARNING") == warned


def test_progress_is_reported_day_by_day(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    run_host(run_of(tmp_path / "run"), fake_build(tmp_path / "build"), lambda done, total: reported.append((done, total)))
    assert reported == [(1, 3), (2, 3), (3, 3)]


def test_summaries_add_counts_and_weigh_means(tmp_path: Path) -> None:
    for i, (calls, mean) in enumerate([(10, 1.0), (30, 2.0)]):
        values = {"mode": "teacher", "ranks": 1, "teacher_calls": calls, "teacher_ms_mean": mean}
        (tmp_path / f"{i}.json").write_text(json.dumps(values))
    combined = combine_summaries([tmp_path / "0.json", tmp_path / "1.json"])
    assert combined["teacher_calls"] == 40 and combined["teacher_ms_mean"] == pytest.approx(1.75)
    assert combined["fallback_fraction"] == 0.0


@pytest.mark.parametrize(("measured", "expected"), [(20.0, 0.25), (0.0, None)])
def test_the_share_far_from_the_training_data_is_of_the_columns_that_were_measured(
    tmp_path: Path, measured: float, expected: float | None
) -> None:
    names = ("nonfinite_input", "nonfinite_output", "fallback", "limited", "water_closure", "outside_envelope")
    sums = ("limit_heating_correction_sum", "limit_moistening_correction_sum", "water_closure_correction_sum")
    values = {f"{name}_columns": 0.0 for name in names} | dict.fromkeys(sums, 0.0)
    values |= {"columns": 40.0, "distance_columns": measured, "far_from_training_columns": measured / 4}
    (tmp_path / "0.json").write_text(json.dumps(values))
    assert combine_summaries([tmp_path / "0.json"] * 2).get("far_from_training_fraction") == expected


def test_runs_that_end_together_are_checked_without_a_crash(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / name, 10) for name in ("control", "floor")]
    for folder in folders:
        next(folder.glob("history_*.nc")).rename(folder / "history.nc")
        write_records(folder / "plasim_status", iter([("st", bytes(480)), ("clwfla", b"last")]))
    ended = subprocess.run([sys.executable, "-c", READ_SIDE_BY_SIDE, *map(str, folders)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_a_host_ends_when_its_driver_is_killed(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("#!/bin/sh\necho $$ > pid\necho 1 > progress\nexec sleep 60\n")
    (tmp_path / "host").chmod(0o755)
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


@pytest.mark.parametrize(
    ("values", "what", "got"),
    [({"start": Path("nowhere")}, "start", "no file nowhere"), ({"perturbation": 1e-3}, "perturbation", "0.001")],
)
def test_an_invalid_start_is_refused(tmp_path: Path, values: dict, what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        HostRun(tmp_path, **values)
    assert (refused.value.what, refused.value.got) == (what, got)
