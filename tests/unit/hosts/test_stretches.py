"""Completed stretches are recorded, checked before the run continues, and run again with the same bits if they differ."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_host import fake_build, final_state, histories, run_of, summary

from paramnet.contract import ParamnetError
from paramnet.files import sha256_of
from paramnet.hosts.plasim.restart_file import read_records, write_records
from paramnet.hosts.plasim.run import HostFault, last_status, run_host


def quiet(done: int, total: int) -> None:
    """No progress."""


def flip_a_bit(path: Path) -> None:
    records = [(name, bytes([content[0] ^ 1]) + content[1:] if name == "st" else content) for name, content in read_records(path)]
    write_records(path, iter(records))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "cut short": lambda path: os.truncate(path, 700),
    "empty": lambda path: os.truncate(path, 0),
    "a bit flipped": flip_a_bit,
    "removed": lambda path: path.unlink(),
    "another run's": lambda path: write_records(path, iter([("nstep", b"\0\0\0\0"), ("st", bytes(480)), ("clwfla", b"last")])),
}


def test_a_stretch_is_recorded_with_the_sizes_and_hashes_of_its_files(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    for number in ("0002", "0003"):
        noted = json.loads((run / f"chunks/{number}/done.json").read_text())
        status, history = run / f"chunks/{number}/plasim_status", run / f"history_{number}.nc"
        assert noted["files"]["plasim_status"] == {"bytes": status.stat().st_size, "sha256": sha256_of(status)}
        assert noted["files"]["history.nc"] == {"bytes": history.stat().st_size, "sha256": sha256_of(history)}
        assert noted["executable"] == sha256_of(build.executable)
    # the last two restart files are kept
    assert [(run / f"chunks/000{i}/plasim_status").is_file() for i in (1, 2, 3)] == [False, True, True]
    assert summary(run)["teacher_calls"] == 3 * 48


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("days", [1, 3])
def test_a_damaged_restart_file_costs_one_stretch(tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str, days: int) -> None:
    """After one stretch the run starts from rest again; after three it repeats the last."""
    build = fake_build(tmp_path / "build")
    uninterrupted = run_host(run_of(tmp_path / "uninterrupted", days=5), build, quiet)
    run = run_host(run_of(tmp_path / "run", days=days), build, quiet)
    DAMAGE[damage](run / f"chunks/000{days}/plasim_status")
    first = (run / "history_0001.nc").stat().st_mtime_ns
    with caplog.at_level(logging.WARNING):
        run_host(run_of(tmp_path / "run", days=5), build, quiet)
    assert "run again" in caplog.text and f"000{days}/plasim_status" in caplog.text
    assert (final_state(run), histories(run)) == (final_state(uninterrupted), histories(uninterrupted))
    assert ((run / "history_0001.nc").stat().st_mtime_ns == first) == (days == 3)


def test_with_both_restart_files_damaged_the_run_starts_from_its_beginning(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    uninterrupted = run_host(run_of(tmp_path / "uninterrupted", days=5), build, quiet)
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    for number in ("0002", "0003"):
        os.truncate(run / f"chunks/{number}/plasim_status", 100)
    run_host(run_of(tmp_path / "run", days=5), build, quiet)
    assert (final_state(run), histories(run)) == (final_state(uninterrupted), histories(uninterrupted))


def test_a_restart_file_that_changes_between_two_stretches_of_one_call_is_not_started_from(tmp_path: Path) -> None:
    at_end = "if first == 1:\n    os.truncate('../0001/plasim_status', 100)"
    build = fake_build(tmp_path / "build", at_end=at_end)
    run_host(run_of(tmp_path / "run", days=2), build, quiet)
    fake_build(tmp_path / "build", each_day="if day == 3:\n    os.truncate('../0002/plasim_status', 100); sys.exit(9)")
    with pytest.raises(HostFault) as fault:
        run_host(run_of(tmp_path / "run"), build, quiet)
    assert "status 9" in fault.value.got
    run = run_host(run_of(tmp_path / "run"), fake_build(tmp_path / "build"), quiet)
    assert final_state(run) == final_state(run_host(run_of(tmp_path / "uninterrupted"), build, quiet))


def test_a_truncated_history_of_the_last_stretch_is_made_again(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    uninterrupted = histories(run)
    os.truncate(run / "history_0003.nc", 50)
    run_host(run_of(tmp_path / "run"), build, quiet)
    assert histories(run) == uninterrupted


def test_the_next_call_moves_results_that_an_interruption_left_in_the_stretchs_folder(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    uninterrupted = histories(run)
    (run / "history_0003.nc").rename(run / "chunks/0003/history.nc")
    started = (tmp_path / "build/namelists").read_text()
    run_host(run_of(tmp_path / "run"), build, quiet)
    assert histories(run) == uninterrupted and (tmp_path / "build/namelists").read_text() == started


@pytest.mark.parametrize("text", ["", '{"days":', "[]", '{"files": {}}'])
def test_a_stretch_with_a_damaged_record_is_run_again(tmp_path: Path, text: str) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    state = final_state(run)
    (run / "chunks/0003/done.json").write_text(text)
    assert final_state(run_host(run_of(tmp_path / "run"), build, quiet)) == state


def test_a_missing_stretch_is_run_again_with_the_following_ones(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    state, uninterrupted = final_state(run), histories(run)
    shutil.rmtree(run / "chunks/0002")
    run_host(run_of(tmp_path / "run"), build, quiet)
    assert (final_state(run), histories(run)) == (state, uninterrupted)


def test_a_folder_of_an_earlier_version_resumes(tmp_path: Path) -> None:
    """done.json without hashes, run.json without the build."""
    build = fake_build(tmp_path / "build")
    run = run_host(run_of(tmp_path / "run"), build, quiet)
    for path in run.glob("chunks/*/done.json"):
        path.write_text('{"days": 1}')
    record = json.loads((run / "run.json").read_text())
    old = {key: value for key, value in record.items() if key not in ("format", "boundary", "build")}
    (run / "run.json").write_text(json.dumps(old))
    assert final_state(run_host(run_of(tmp_path / "run", days=4), build, quiet))[0] == 4 * 48
    assert json.loads((run / "run.json").read_text()) == record


def test_a_run_may_start_from_the_end_of_another_unless_its_restart_file_is_damaged(tmp_path: Path) -> None:
    build = fake_build(tmp_path / "build")
    first = run_host(run_of(tmp_path / "first", days=2), build, quiet)
    second = run_host(run_of(tmp_path / "second", days=2, start=first), build, quiet)
    uninterrupted = run_host(run_of(tmp_path / "uninterrupted", days=4), build, quiet)
    assert final_state(second) == final_state(uninterrupted)
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "second", days=2, start=first / "chunks/0001/plasim_status"), build, quiet)
    assert refused.value.got.startswith("others (start: ")
    os.truncate(first / "chunks/0002/plasim_status", 100)
    status = first / "chunks/0002/plasim_status"
    with pytest.raises(ParamnetError) as refused:
        last_status(first)
    assert (refused.value.what, refused.value.where) == ("start", str(first)) and str(status) in refused.value.got
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "third", start=status), build, quiet)
    assert refused.value.what == str(status) and "cut short" in refused.value.got


def test_a_start_that_is_not_finite_is_refused_before_the_host_is_started(tmp_path: Path) -> None:
    write_records(tmp_path / "nan", iter([("nstep", b"\0\0\0\0"), ("st", b"\xff" * 480), ("clwfla", b"last")]))
    with pytest.raises(ParamnetError) as refused:
        run_host(run_of(tmp_path / "run", start=tmp_path / "nan"), fake_build(tmp_path / "build"), quiet)
    assert refused.value.what == "start" and "st with NaN" in refused.value.got and refused.value.where == str(tmp_path / "nan")
    assert not (tmp_path / "build/namelists").exists()
