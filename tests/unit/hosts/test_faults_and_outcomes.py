"""A host ends early because of its scheme, a result that is recorded, or for another reason: then the same call resumes, bit for bit."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_host import fake_build, final_state, histories, run_of, write_history

from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.run import HostFault, HostRunFailed, run_host
from paramnet.hosts.process import GRACE_SECONDS
from paramnet.hosts.stopping import Stop, listening
from paramnet.hosts.stretches import record

ON_DAY_2 = "if day == 2:\n    "


def quiet(done: int, total: int) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[int, float], dict[str, bytes]]:
    """Final state and histories of three undisturbed days."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run = run_host(run_of(folder / "run"), fake_build(folder / "build"), quiet)
    return final_state(run), histories(run)


FAULTS = {
    "killed": (ON_DAY_2 + "os.kill(os.getpid(), 9)", "pass", "SIGKILL"),
    "terminated": (ON_DAY_2 + "os.kill(os.getpid(), 15)", "pass", "SIGTERM"),
    "interrupted": (ON_DAY_2 + "os.kill(os.getpid(), 2)", "pass", "SIGINT"),
    "mpirun's status for a killed rank": (ON_DAY_2 + "sys.exit(137)", "pass", "SIGKILL"),
    "a run-time error": (
        ON_DAY_2 + "sys.stderr.write('At line 7\\nFortran runtime error: Unformatted file structure has been corrupted\\n'); sys.exit(2)",
        "pass",
        "Unformatted file structure has been corrupted",
    ),
    "a file the adapter could not write": (
        ON_DAY_2 + "open('paramnet_fault', 'w').write('history.nc: No space left on device\\n')\n"
        "    open('Abort_Message', 'w').write('Program aborted\\n'); sys.exit(0)",
        "pass",
        "history.nc: No space left on device",
    ),
    "an incomplete reason of the adapter": (
        ON_DAY_2 + "open('paramnet_error', 'w').write('fallba'); sys.exit(1)",
        "pass",
        "status 1",
    ),
    "a silent stop": (ON_DAY_2 + "sys.exit(0)", "pass", "status 0"),
    "a restart file cut in a record": ("pass", "if first == 1:\n    os.truncate('plasim_status', 700)", "cut short"),
    "a restart file cut between records": ("pass", "if first == 1:\n    os.truncate('plasim_status', 36 + 504 + 24)", "cut short"),
    "no restart file": ("pass", "if first == 1:\n    os.remove('plasim_status')", "status 0"),
    "an empty summary": ("pass", "if first == 1:\n    open('summary.json', 'w')", "Expecting value"),
    "a history that is not a netCDF file": ("pass", "if first == 1:\n    open('history.nc', 'w').write('x' * 99)", "unreadable"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_marks_nothing_and_the_same_call_ends_with_the_same_bits(
    tmp_path: Path, undisturbed: tuple[tuple[int, float], dict[str, bytes]], name: str
) -> None:
    each_day, at_end, cause = FAULTS[name]
    build = fake_build(tmp_path / "build", each_day, at_end)
    with pytest.raises(HostFault) as fault:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert cause in fault.value.got and fault.value.remedy and "\n" not in str(fault.value)
    assert not (tmp_path / "run/failed.json").exists() and not (tmp_path / "run/summary.json").exists()
    run = run_host(run_of(tmp_path / "run"), fake_build(tmp_path / "build"), quiet)
    assert (final_state(run), histories(run)) == undisturbed


OUTCOMES = {
    "reported by the adapter": (
        ON_DAY_2 + "open('paramnet_error', 'w').write('fallback: 45.83 % of day 2\\n'); sys.exit(1)",
        "45.83 % of day 2",
        1,
    ),
    "the host's own abort": (
        ON_DAY_2 + "open('Abort_Message', 'w').write(' Planet Simulator aborted\\n gt(1,1) =  1e30\\n'); sys.exit(0)",
        "Planet Simulator aborted gt",
        1,
    ),
    "not finite in the history": (ON_DAY_2 + "shutil.copy(os.environ['BROKEN'], 'broken.nc')", "air_temperature not finite", 2),
    "not finite in the state": (ON_DAY_2 + "value = float('nan')", "st not finite", 2),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_failure_of_the_scheme_is_recorded_and_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    each_day, cause, days = OUTCOMES[name]
    write_history(tmp_path / "broken.nc", broken=True)
    monkeypatch.setenv("BROKEN", str(tmp_path / "broken.nc"))
    at_end = "if os.path.exists('broken.nc'):\n    os.rename('broken.nc', 'history.nc')"
    build = fake_build(tmp_path / "build", each_day, at_end)
    with pytest.raises(HostRunFailed) as first:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert first.value.days == days and cause in first.value.got and f"after day {days}" in first.value.got
    kept = json.loads((tmp_path / "run/failed.json").read_text())
    assert kept == {"days": days, "message": str(first.value), "kind": "scheme"}
    started = (tmp_path / "build/namelists").read_text()
    with pytest.raises(HostRunFailed) as again:
        run_host(run_of(tmp_path / "run"), fake_build(tmp_path / "build"), quiet)
    assert (str(again.value), again.value.days) == (str(first.value), days)
    assert (tmp_path / "build/namelists").read_text() == started  # no host was started
    run = run_host(run_of(tmp_path / "run", overwrite=True), fake_build(tmp_path / "build"), quiet)
    assert final_state(run)[0] == 3 * 48 and not (run / "failed.json").exists()


def test_an_abort_on_the_first_day_is_a_fault_of_the_set_up(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build", "open('Abort_Message', 'w').write('Program aborted\\n Wrong surface file\\n'); sys.exit(0)")
    with pytest.raises(HostFault) as fault:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert "Wrong surface file" in fault.value.got and fault.value.where.endswith("Abort_Message")
    assert not (tmp_path / "run/failed.json").exists()


@pytest.mark.parametrize(
    ("kept", "is_fault"),
    [
        ('{"days": 2, "message": "plasim_earth learned: the host stopped after day 2 with status -2, in x\\n--- log\\n"}', True),
        ('{"days": 2, "message": "plasim_earth learned: the host stopped after day 2 with status -9, in x\\n--- log\\n"}', True),
        ('{"days": 2, "message": "plasim_earth learned: the host stopped after day 2 with status 137, in x\\n"}', True),
        ('{"days": 1, "message": "plasim_earth teacher, after day 1: history.nc: No space left on device"}', True),
        ("", True),
        ('{"days": 2', True),
        ('{"days": 2, "message": "plasim_earth learned, after day 2: fallback: 45 % of the columns"}', False),
        ('{"days": 2, "message": "x: the host stopped after day 2 with status 0, in x\\n--- Abort_Message\\n aborted\\n"}', False),
        ('{"days": 2, "message": "x: air_temperature is not finite from record 3 of history.nc"}', False),
    ],
)
def test_a_fault_recorded_by_an_earlier_version_is_resumed(tmp_path: Path, kept: str, is_fault: bool) -> None:
    build = fake_build(tmp_path / "build")
    run_host(run_of(tmp_path / "run", days=2), build, quiet)
    (tmp_path / "run/failed.json").write_text(kept)
    if is_fault:
        assert final_state(run_host(run_of(tmp_path / "run"), build, quiet))[0] == 3 * 48
        assert not (tmp_path / "run/failed.json").exists()
    else:
        with pytest.raises(HostRunFailed):
            run_host(run_of(tmp_path / "run"), build, quiet)


def test_settings_are_compared_before_an_earlier_failure_is_raised(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build", OUTCOMES["reported by the adapter"][0])
    with pytest.raises(HostRunFailed):
        run_host(run_of(tmp_path / "run"), build, quiet)
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", seed=2), build, quiet)
    assert "seed: 1 → 2" in refused.value.got


# A driver of two runs at a time, like `paramnet online`.
DRIVER = """
import os
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from fake_host import fake_build, half_hourly
from paramnet.contract import ParamnetError
from paramnet.hosts import experiment
from paramnet.hosts.plasim import host
folder = Path(sys.argv[1])
host.build_host = lambda *_, **__: fake_build(folder / "build", sys.argv[2])
(folder / "bridge/lib").mkdir(parents=True, exist_ok=True)
os.environ["PARAMNET_BRIDGE_DIR"] = str(folder / "bridge")
plasim = host.Plasim(namelists=half_hourly().namelists)
runs = {{name: experiment.MemberRun(seed=seed) for seed, name in enumerate(("one", "two"), 1)}}
config = experiment.OnlineConfig(folder, folder, plasim, runs, days=3, chunk_days=1, parallel=2)
try:
    experiment.run_online(config)
except ParamnetError as error:
    sys.exit(str(error))
"""


def drive(folder: Path, each_day: str) -> subprocess.Popen[str]:
    """Start the driver in its own process group; its hosts execute ``each_day``."""
    code = DRIVER.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", code, str(folder), each_day]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit an ignored SIGINT
    try:
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)


def hosts_of(folder: Path, count: int) -> list[int]:
    """Process numbers of the hosts, once they have all reached day 2."""
    for _ in range(600):
        found = sorted(folder.glob("*/chunks/0002.partial/pid"))
        if len(found) == count and all(path.read_text() for path in found):
            return [int(path.read_text()) for path in found]
        time.sleep(0.05)
    raise AssertionError("the hosts did not get to day 2")


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("number", "to_group"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, True), (signal.SIGUSR1, False), (signal.SIGKILL, False)],
)
def test_a_driver_that_gets_a_signal_ends_its_hosts_and_records_nothing(tmp_path: Path, number: signal.Signals, to_group: bool) -> None:
    driver = drive(tmp_path, "if day == 2:\n    time.sleep(60)")
    hosts = hosts_of(tmp_path, 2)
    (os.killpg if to_group else os.kill)(driver.pid, number)
    _, errors = driver.communicate(timeout=GRACE_SECONDS + 30)
    assert driver.returncode == (-9 if number == signal.SIGKILL else 1)
    for _ in range(100):
        if not any(map(is_running, hosts)):
            break
        time.sleep(0.05)
    assert not any(map(is_running, hosts))
    if number != signal.SIGKILL:
        assert number.name in errors and "resume" in errors and "Traceback" not in errors
    assert not list(tmp_path.glob("*/failed.json")) and not list(tmp_path.glob("*/summary.json"))
    again = drive(tmp_path, "pass")
    assert again.communicate(timeout=60)[1] == "" and again.returncode == 0
    assert all(final_state(tmp_path / name)[0] == 3 * 48 for name in ("one", "two"))


def test_signals_that_are_ignored_stay_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.received
            os.kill(os.getpid(), signal.SIGUSR1)
            assert stop.received and stop.name == "SIGUSR1"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_between_two_stretches_starts_no_further_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    build = fake_build(tmp_path / "build")

    def record_and_stop(folder: Path, days: int, executable: str) -> None:
        record(folder, days, executable)
        stop.receive(signal.SIGTERM, None)

    monkeypatch.setattr("paramnet.hosts.plasim.run.record", record_and_stop)
    with pytest.raises(HostFault) as fault:
        run_host(run_of(tmp_path / "run"), build, quiet, stop)
    assert fault.value.got == "SIGTERM, after day 1"
    assert [path.name for path in (tmp_path / "run/chunks").iterdir()] == ["0001"]


def test_a_fault_in_one_run_is_raised_after_the_others_end(tmp_path: Path) -> None:
    first_seed_of_one = int.from_bytes(hashlib.sha256(b"1/0").digest()[:3]) + 1
    driver = drive(tmp_path, f"if number('seed', 'plasim_namelist') == {first_seed_of_one} and day == 2:\n    sys.exit(3)")
    errors = driver.communicate(timeout=60)[1]
    assert driver.returncode == 1 and "status 3, after day 1" in errors
    assert final_state(tmp_path / "two")[0] == 3 * 48 and not (tmp_path / "one/failed.json").exists()
