"""One run per folder: its settings, its copy of the scheme, its executable, one process at a time."""

import json
import os
from pathlib import Path

import pytest
from fake_host import fake_build, final_state, half_hourly, run_of

from paramnet.contract import ParamnetError
from paramnet.files import locked, sha256_of
from paramnet.hosts.plasim.intervals import require_daily, steps_per_day
from paramnet.hosts.plasim.restart_file import write_records
from paramnet.hosts.plasim.run import HostFault, HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions


def quiet(done: int, total: int) -> None:
    """No progress."""


def learned(path: Path, **options: object) -> SchemeOptions:
    return SchemeOptions(mode="learned", scheme=path, **options)  # type: ignore[arg-type]


def test_replacing_the_scheme_during_a_run_changes_nothing(tmp_path: Path) -> None:
    scheme = tmp_path / "scheme.pt"
    scheme.write_bytes(b"first")
    digest = sha256_of(scheme)
    each_day = (
        f"open({str(tmp_path / 'read')!r}, 'a').write(open('../../scheme.pt').read() + ' ')\nopen({str(scheme)!r}, 'w').write('second')"
    )
    build = fake_build(tmp_path / "build", each_day)
    run = run_host(run_of(tmp_path / "run", scheme=learned(scheme)), build, quiet)
    assert (tmp_path / "read").read_text() == "first first first "
    assert json.loads((run / "run.json").read_text())["scheme"]["scheme"] == digest == sha256_of(run / "scheme.pt")
    given = (tmp_path / "build/namelists").read_text()
    assert given.count(f"scheme_digest = '{digest}'") == 3
    assert [line.strip() for line in given.splitlines() if "starts_anew" in line] == ["starts_anew = .true."] + [
        "starts_anew = .false."
    ] * 2
    assert [line.strip() for line in given.splitlines() if "days_before" in line] == [f"days_before = {day}" for day in range(3)]


def test_another_scheme_is_refused_with_both_hashes_and_overwrite_starts_again(tmp_path: Path) -> None:
    scheme, build = tmp_path / "scheme.pt", fake_build(tmp_path / "build")
    scheme.write_bytes(b"first")
    old = sha256_of(scheme)
    run_host(run_of(tmp_path / "run", days=1, scheme=learned(scheme)), build, quiet)
    scheme.write_bytes(b"second")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", scheme=learned(scheme)), build, quiet)
    assert f"scheme.scheme: {old[:12]} → {sha256_of(scheme)[:12]}" in refused.value.got
    assert refused.value.where == str(tmp_path / "run/run.json") and "overwrite=true" in refused.value.remedy
    run = run_host(run_of(tmp_path / "run", scheme=learned(scheme), overwrite=True), build, quiet)
    assert (run / "scheme.pt").read_bytes() == b"second" and final_state(run)[0] == 3 * 48


def test_a_run_from_before_an_option_is_resumed_only_with_its_default(tmp_path: Path) -> None:
    scheme, build = tmp_path / "scheme.pt", fake_build(tmp_path / "build")
    scheme.write_bytes(b"first")
    run = run_host(run_of(tmp_path / "run", days=1, scheme=learned(scheme)), build, quiet)
    record = json.loads((run / "run.json").read_text())
    del record["scheme"]["ramp_days"]
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", days=2, scheme=learned(scheme, ramp_days=5.0)), build, quiet)
    assert "ramp_days" in refused.value.got
    assert final_state(run_host(run_of(tmp_path / "run", days=2, scheme=learned(scheme)), build, quiet))[0] == 2 * 48


def test_the_runs_copy_is_made_again_if_lost_or_damaged(tmp_path: Path) -> None:
    scheme, build = tmp_path / "scheme.pt", fake_build(tmp_path / "build")
    scheme.write_bytes(b"first")
    run = run_host(run_of(tmp_path / "run", days=1, scheme=learned(scheme)), build, quiet)
    (run / "scheme.pt").write_bytes(b"fir")
    run_host(run_of(tmp_path / "run", days=2, scheme=learned(scheme)), build, quiet)
    assert (run / "scheme.pt").read_bytes() == b"first"


def test_overwrite_does_not_remove_the_configured_scheme(tmp_path: Path) -> None:
    scheme, build = tmp_path / "scheme.pt", fake_build(tmp_path / "build")
    scheme.write_bytes(b"first")
    run = run_host(run_of(tmp_path / "run", days=1, scheme=learned(scheme)), build, quiet)
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", scheme=learned(run / "scheme.pt"), overwrite=True), build, quiet)
    assert (refused.value.what, refused.value.got) == ("scheme", str(run / "scheme.pt")) and str(run) in refused.value.expected
    assert (run / "scheme.pt").is_file() and final_state(run)[0] == 48


def test_overwrite_keeps_other_files(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run", days=1), build, quiet)
    (run / "notes.txt").write_text("mine")
    run_host(run_of(tmp_path / "run", seed=5, overwrite=True), build, quiet)
    assert (run / "notes.txt").read_text() == "mine" and json.loads((run / "run.json").read_text())["seed"] == 5


def test_a_rebuilt_host_is_refused_without_rebuilt_true(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run", days=1), build, quiet)
    build.executable.write_text(build.executable.read_text() + "\n# compiled again\n")
    run_host(run_of(tmp_path / "run", days=1), build, quiet)  # complete: nothing to run, nothing to refuse
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert "another executable" in refused.value.got and "rebuilt=true" in refused.value.remedy
    run_host(run_of(tmp_path / "run", rebuilt=True), build, quiet)
    assert json.loads((run / "run.json").read_text())["build"] == build.fingerprint()
    noted = [json.loads((run / f"chunks/000{i}/done.json").read_text())["executable"] for i in (1, 2)]
    assert noted[0] != noted[1] == sha256_of(build.executable)


def test_an_executable_replaced_between_two_stretches_of_one_call_is_refused(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    fake_build(tmp_path / "build", at_end=f"os.rename({str(tmp_path / 'new')!r}, {str(build.executable)!r})")
    (tmp_path / "new").write_text(build.executable.read_text() + "\n# compiled again\n")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert "another executable" in refused.value.got and refused.value.where == str(build.executable)


def test_a_rebuilt_bridge_is_another_host(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    (tmp_path / "bridge/lib").mkdir(parents=True)
    (tmp_path / "bridge/lib/libparamnet.so.1").write_bytes(b"old")
    linked = type(build)(build.executable, build.plasim, 1, tmp_path / "bridge")
    run_host(run_of(tmp_path / "run", days=1), linked, quiet)
    (tmp_path / "bridge/lib/libparamnet.so.1").write_bytes(b"new")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), linked, quiet)
    assert "another bridge" in refused.value.got


def test_other_boundary_files_are_another_run(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    surface = build.plasim / "plasim/dat/T21/N032_surf_0129.sra"
    surface.write_text("0.0")
    run_host(run_of(tmp_path / "run", days=1), build, quiet)
    surface.write_text("1.0")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert "boundary: " in refused.value.got


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_damaged_record_of_a_run_without_days_is_written_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text(text)
    assert final_state(run_host(run_of(tmp_path / "run"), fake_build(tmp_path / "build"), quiet))[0] == 3 * 48


def test_a_damaged_record_of_a_run_with_days_is_refused(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run", days=1), build, quiet)
    (run / "run.json").write_text("")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert refused.value.what == str(run / "run.json") and "overwrite=true" in refused.value.remedy
    assert final_state(run_host(run_of(tmp_path / "run", overwrite=True), build, quiet))[0] == 3 * 48


def test_a_second_process_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    (tmp_path / "run").mkdir()
    with locked(tmp_path / "run/.lock", "run"), pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert refused.value.got.startswith(f"process {os.getpid()} on ") and not (tmp_path / "run/chunks").exists()
    assert final_state(run_host(run_of(tmp_path / "run"), build, quiet))[0] == 3 * 48


def test_a_disk_error_of_the_driver_is_a_fault_and_the_same_call_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = fake_build(tmp_path / "build")
    with monkeypatch.context() as patched:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device", "run/chunks/0001.partial")

        patched.setattr("paramnet.hosts.plasim.run.record", full)
        with pytest.raises(HostFault) as fault:
            run_host(run_of(tmp_path / "run"), build, quiet)
    assert "No space left on device (run/chunks/0001.partial)" in fault.value.got and "resume" in fault.value.remedy
    assert not (tmp_path / "run/failed.json").exists()
    assert final_state(run_host(run_of(tmp_path / "run"), build, quiet))[0] == 3 * 48


@pytest.mark.parametrize(
    ("days", "chunk_days", "options", "named"),
    [
        (4, 1, {"history_every": 96}, ("options.history_every", "a stretch of 1 days", "(48 steps)", "96 steps", "2 days")),
        (3, 2, {"history_every": 96}, ("options.history_every", "a stretch of 1 days", "(48 steps)", "96 steps", "2 days")),
        (4, 1, {"frequent_every": 7}, ("options.frequent_every", "a stretch of 1 days", "(48 steps)", "7 steps", "chunk_days")),
        (
            4,
            4,
            {"frequent_every": 36, "history_every": 192},
            ("options.frequent_every", "a stretch of 4 days", "(192 steps)", "36 steps", "divisor"),
        ),
        (4, 1, {"history_every": 0}, ("options.history_every", "a stretch of 1 days", "(48 steps)", "0 steps", "divisor")),
    ],
)
def test_an_interval_of_means_that_does_not_divide_a_stretch_is_refused_before_the_host_starts(
    tmp_path: Path, days: int, chunk_days: int, options: dict[str, int], named: tuple[str, ...]
) -> None:
    build = fake_build(tmp_path / "build")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", days, chunk_days, scheme=SchemeOptions(**options)), build, quiet)  # type: ignore[arg-type]
    error = refused.value
    assert error.what == named[0] and named[1] in error.expected and named[2] in error.expected
    assert error.got == named[3] and named[4] in error.remedy and not (tmp_path / "build/namelists").exists()


def test_an_interval_that_divides_every_stretch_is_accepted(tmp_path: Path) -> None:
    options = SchemeOptions(history_every=96, frequent_every=12)
    assert final_state(run_host(run_of(tmp_path / "run", 4, 2, scheme=options), fake_build(tmp_path / "build"), quiet))[0] == 4 * 48


def test_recording_that_would_begin_after_the_last_step_is_refused(tmp_path: Path) -> None:
    late = SchemeOptions(mode="record", record_start=48 * 3)
    build = fake_build(tmp_path / "build")
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", scheme=late), build, quiet)
    assert refused.value.what == "options.record_start" and refused.value.got.startswith("144")
    # from a state of day 10 it begins in time
    step = (366 + 10) * 48
    write_records(tmp_path / "status", iter([("nstep", step.to_bytes(4, "little")), ("st", bytes(480)), ("clwfla", b"last")]))
    run_host(HostRun(tmp_path / "run", half_hourly(), late, days=1, start=tmp_path / "status"), build, quiet)


def test_runs_to_be_compared_write_daily_means() -> None:
    for options, named in (({"history_every": 96}, "history_every"), ({"frequent_every": 32}, "frequent_every")):
        with pytest.raises(ParamnetError) as refused:
            require_daily("runs.learned", half_hourly(), SchemeOptions(**options))  # type: ignore[arg-type]
        assert refused.value.what == f"runs.learned: options.{named}"
    require_daily("runs.learned", half_hourly(), SchemeOptions())


def test_the_suggested_interval_is_three_hours_at_any_time_step() -> None:
    for minutes, steps in ((30.0, 6), (45.0, 4)):
        host = HostSetup(namelists={"plasim": {"mpstep": minutes}})
        with pytest.raises(ParamnetError) as refused:
            require_daily("runs.learned", host, SchemeOptions(history_every=steps_per_day(host), frequent_every=7))
        assert f"({steps}: three hours)" in refused.value.remedy


def test_steps_per_day_follow_the_hosts_time_step() -> None:
    assert [steps_per_day(HostSetup(namelists={"plasim": {"mpstep": minutes}})) for minutes in (30.0, 15.0, 45.0)] == [48, 96, 32]
