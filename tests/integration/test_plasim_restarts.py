"""The host's own checks: a restart file of another run, an invalid state, and means that are never written."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.files import sha256_of
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.launch import Days, launch
from paramnet.hosts.plasim.restart_file import read_records, require_complete, write_records
from paramnet.hosts.plasim.run import HostFault, HostRun, HostRunFailed, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

pytestmark = pytest.mark.host
ONE_DAY = {"n_run_years": 0, "n_run_months": 0, "n_run_days": 1, "noutput": 0, "nstpw": 48}


@pytest.fixture(scope="module")
def learned_build(build_variant: Callable[..., HostBuild]) -> HostBuild:
    return build_variant(learned=True)


@pytest.fixture(scope="module")
def learned_run(
    tmp_path_factory: pytest.TempPathFactory, learned_build: HostBuild, earth: HostSetup, toy_scheme: Callable[..., Path]
) -> Path:
    """One day of a learned run."""
    config = HostRun(tmp_path_factory.mktemp("learned") / "run", earth, SchemeOptions(mode="learned", scheme=toy_scheme()), days=1)
    return run_host(config, learned_build, lambda done, total: None)


def by_hand(build: HostBuild, earth: HostSetup, folder: Path, status: Path | None, namelist: str | None) -> tuple[str, str]:
    """Run the host for a day in ``folder`` with a restart file and a namelist (None: without). Returns its log and its reason."""
    folder.mkdir()
    earth.write_inputs(folder, build.plasim, ONE_DAY)
    if status is not None:
        shutil.copy(status, folder / "plasim_restart")
    if namelist is not None:
        (folder / "paramnet_namelist").write_text(namelist)
    with (folder / "log").open("w") as log:
        subprocess.run([str(build.executable)], cwd=folder, stdout=log, stderr=log, check=False, timeout=600)
    reason = folder / "paramnet_fault"
    return (folder / "log").read_text(), reason.read_text().strip() if reason.is_file() else ""


def test_the_restart_file_of_a_learned_run_names_its_scheme(learned_run: Path) -> None:
    status = learned_run / "chunks/0001/plasim_status"
    require_complete(status)
    assert dict(read_records(status))["paramnetscheme"].decode() == sha256_of(learned_run / "scheme.pt")


def test_a_run_folder_that_lost_its_namelist_does_not_resume_as_the_teacher(
    learned_run: Path, learned_build: HostBuild, earth: HostSetup, tmp_path: Path
) -> None:
    log, reason = by_hand(learned_build, earth, tmp_path / "lost", learned_run / "chunks/0001/plasim_status", None)
    assert "no file paramnet_namelist here" in log and "expected mode 'learned'" in reason and "got mode 'teacher'" in reason
    assert not (tmp_path / "lost/plasim_status").exists()


def test_the_host_refuses_another_scheme_or_mode_unless_the_run_starts_anew(
    learned_run: Path, learned_build: HostBuild, earth: HostSetup, tmp_path: Path
) -> None:
    status, digest = learned_run / "chunks/0001/plasim_status", sha256_of(learned_run / "scheme.pt")
    scheme = f"mode='learned', scheme='{learned_run}/scheme.pt'"
    other = "f" * 64
    _, reason = by_hand(learned_build, earth, tmp_path / "other", status, f"&paramnet_nl {scheme}, scheme_digest='{other}' /\n")
    assert digest in reason and other in reason
    _, reason = by_hand(learned_build, earth, tmp_path / "mode", status, "&paramnet_nl mode='off' /\n")
    assert "expected mode 'learned'" in reason and "got mode 'off'" in reason
    for name, settings in (("anew", "mode='off', starts_anew=.true."), ("same", f"{scheme}, scheme_digest='{digest}'")):
        _, reason = by_hand(learned_build, earth, tmp_path / name, status, f"&paramnet_nl {settings} /\n")
        assert reason == "" and (tmp_path / name / "plasim_status").is_file()


@pytest.mark.parametrize(("value", "words"), [(np.nan, "expected finite values"), (3.0, "expected between")])
def test_an_invalid_state_is_not_reported_as_a_wrong_grid(
    learned_run: Path, learned_build: HostBuild, earth: HostSetup, tmp_path: Path, value: float, words: str
) -> None:
    """value : dimensionless global mean temperature in spectral space; 3 is about 1,600 K warmer."""

    def changed(name: str, content: bytes) -> bytes:
        if name not in ("st", "stm"):
            return content
        values = np.frombuffer(content).reshape(10, -1).copy()
        values[:, 0] = value
        return values.tobytes()

    records = read_records(learned_run / "chunks/0001/plasim_status")
    write_records(tmp_path / "status", ((name, changed(name, content)) for name, content in records))
    settings = f"&paramnet_nl mode='learned', scheme='{learned_run}/scheme.pt' /\n"
    _, reason = by_hand(learned_build, earth, tmp_path / "broken", tmp_path / "status", settings)
    assert reason.startswith("the host's state: ") and words in reason and "grid" not in reason and "restart file" in reason


def test_a_superparameterized_run_needs_the_state_of_its_models_or_begins_them_anew(
    learned_run: Path, learned_build: HostBuild, repository: Path, tmp_path: Path
) -> None:
    setup = HostSetup.from_yaml(repository / "conf/host/plasim_sp_earth.yaml")
    status = learned_run / "chunks/0001/plasim_status"
    _, reason = by_hand(learned_build, setup, tmp_path / "lost", status, "&paramnet_nl mode='crm' /\n")
    assert "state of the cloud-resolving models" in reason and not (tmp_path / "lost" / "plasim_status").exists()
    _, reason = by_hand(learned_build, setup, tmp_path / "anew", status, "&paramnet_nl mode='crm', starts_anew=.true. /\n")
    assert reason == "" and "crm001" in dict(read_records(tmp_path / "anew" / "plasim_status"))


def test_a_ramp_of_another_length_than_the_restart_files_is_refused(
    learned_run: Path, learned_build: HostBuild, earth: HostSetup, tmp_path: Path
) -> None:
    settings = f"&paramnet_nl mode='learned', scheme='{learned_run}/scheme.pt', ramp_days=2.0 /\n"
    _, reason = by_hand(learned_build, earth, tmp_path / "run", learned_run / "chunks/0001/plasim_status", settings)
    assert "expected a ramp of 0 steps" in reason and "got 96" in reason


def test_the_day_of_an_early_end_is_the_day_of_the_run(
    learned_build: HostBuild, earth: HostSetup, toy_scheme: Callable[..., Path], tmp_path: Path
) -> None:
    """The second stretch's first day is day 2."""
    options = SchemeOptions(mode="learned", scheme=toy_scheme(broken_above=290.0), fallback_limit=1.0)
    config = HostRun(tmp_path / "run", earth, options, days=1)
    run = run_host(config, learned_build, lambda done, total: None)
    folder = run / "chunks/0002.partial"
    folder.mkdir()
    earth.write_inputs(folder, learned_build.plasim, ONE_DAY)
    shutil.copy(run / "chunks/0001/plasim_status", folder / "plasim_restart")
    given = (run / "chunks/0001/paramnet_namelist").read_text()
    given = given.replace("days_before = 0", "days_before = 1").replace("fallback_limit = 1.0", "fallback_limit = 0.05")
    (folder / "paramnet_namelist").write_text(given)
    with pytest.raises(HostRunFailed) as failure:
        launch(learned_build, folder, "run", Days(1, 2, 2), lambda done, total: None)
    assert failure.value.days == 1 and failure.value.got.startswith("fallback: ") and failure.value.got.endswith("after day 1")
    assert "day 2" in failure.value.got


def test_the_host_reports_how_many_steps_are_in_no_mean(learned_build: HostBuild, earth: HostSetup, tmp_path: Path) -> None:
    settings = "&paramnet_nl history_file='h.nc', history_every=36, frequent_file='f.nc', frequent_every=10 /\n"
    log, _ = by_hand(learned_build, earth, tmp_path / "run", None, settings)
    assert re.findall(r"paramnet: (\w+): the last (\d+) steps", log) == [("history", "12"), ("frequent", "8")]


def test_an_adapter_that_cannot_write_is_a_fault(learned_build: HostBuild, earth: HostSetup, tmp_path: Path) -> None:
    folder = tmp_path / "chunk"
    folder.mkdir()
    earth.write_inputs(folder, learned_build.plasim, ONE_DAY)
    (folder / "history.nc").mkdir()  # a folder in place of the file
    options = SchemeOptions().namelist()
    (folder / "paramnet_namelist").write_text(f"&paramnet_nl history_file='{options['history_file']}' /\n")
    with pytest.raises(HostFault) as fault:
        launch(learned_build, folder, "run", Days(0, 1, 1), lambda done, total: None)
    assert "history.nc: " in fault.value.got


def test_files_follow_cf_in_their_levels_and_standard_names(learned_run: Path, tmp_path: Path, run: Callable[..., Path]) -> None:
    recorded = run("record", mode="record", record_every=24)
    for path in (learned_run / "history_0001.nc", recorded / "record_0001.nc"):
        with netCDF4.Dataset(path) as file:
            terms = dict(re.findall(r"(\w+): (\w+)", file["lev"].formula_terms))
            assert terms == {"sigma": "lev", "ps": "surface_air_pressure", "ptop": "ptop"}
            assert set(terms.values()) <= set(file.variables) and float(file["ptop"][...]) == 0.0 and file["ptop"].units == "Pa"
            assert file["time"].units_metadata == "leap_seconds: none"
    with netCDF4.Dataset(recorded / "record_0001.nc") as file:
        assert "standard_name" not in file["convective_precipitation_production"].ncattrs()
    with netCDF4.Dataset(learned_run / "frequent_0001.nc") as file:
        assert "lev" not in file.variables  # no profile, so no levels


@pytest.mark.long
def test_a_learned_run_whose_host_is_killed_resumes_with_the_same_bits(
    learned_build: HostBuild, earth: HostSetup, toy_scheme: Callable[..., Path], tmp_path: Path
) -> None:
    options = SchemeOptions(mode="learned", scheme=toy_scheme())

    def run_in(name: str, on_day: Callable[[int, int], None]) -> Path:
        return run_host(HostRun(tmp_path / name, earth, options, days=3, chunk_days=2), learned_build, on_day)

    def kill(done: int, total: int) -> None:
        if done == 3:
            return
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").resolve().is_relative_to(tmp_path / "disturbed"):
                    (tmp_path / "killed").touch()
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                continue

    with pytest.raises(HostFault) as fault:
        run_in("disturbed", kill)
    assert "SIGKILL" in fault.value.got and (tmp_path / "killed").is_file() and not (tmp_path / "disturbed/failed.json").exists()
    undisturbed, resumed = run_in("undisturbed", lambda done, total: None), run_in("disturbed", lambda done, total: None)
    assert (undisturbed / "chunks/0002/plasim_status").read_bytes() == (resumed / "chunks/0002/plasim_status").read_bytes()
    assert json.loads((resumed / "summary.json").read_text())["days"] == 3
