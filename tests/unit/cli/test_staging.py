from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import DictConfig

from paramnet.cli import estimate, staging
from paramnet.cli.coupled import require_last_day
from paramnet.cli.estimate import minutes_of, training_rate
from paramnet.cli.staging import Stage, compose_command, run_stages
from paramnet.contract import ParamnetError
from paramnet.files import locked
from paramnet.hosts.experiment import RunOutcome


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the commands were called with; nothing is run."""
    made: list[str] = []

    def note(config: DictConfig) -> Path:
        made.append(str(config.checkpoint))
        return Path()

    monkeypatch.setattr(staging, "STAGES", {"evaluate": note})
    return made


def stage(name: str, *inputs: Path) -> Stage:
    return Stage(name, "why", "evaluate", (f"checkpoint={name}", "output=o"), inputs)


def test_a_stage_is_run_once(tmp_path: Path, calls: list[str]) -> None:
    for _ in range(2):
        assert set(run_stages([stage("first"), stage("second")], tmp_path)) == {"first", "second"}
    assert calls == ["first", "second"]


def test_another_command_repeats_its_stage_and_those_after_it(tmp_path: Path, calls: list[str]) -> None:
    run_stages([stage("first"), stage("second")], tmp_path)
    changed = Stage("first", "why", "evaluate", ("checkpoint=other", "output=o"))
    run_stages([changed, stage("second")], tmp_path)
    assert calls == ["first", "second", "other", "second"]


def test_an_input_that_changes_repeats_the_stage_that_reads_it(tmp_path: Path, calls: list[str]) -> None:
    (tmp_path / "store").write_text("one")
    stages = [stage("first"), stage("second", tmp_path / "store")]
    run_stages(stages, tmp_path / "stages")
    (tmp_path / "store").write_text("two")
    run_stages(stages, tmp_path / "stages")
    assert calls == ["first", "second", "second"]


def test_a_stage_that_fails_is_not_taken_as_done(tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(config: DictConfig) -> Path:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(staging, "STAGES", {"evaluate": fail})
    with pytest.raises(RuntimeError, match="disk"):
        run_stages([stage("first")], tmp_path)
    assert not (tmp_path / "first.json").exists()


def test_a_stage_whose_output_is_gone_is_repeated(tmp_path: Path, calls: list[str]) -> None:
    (tmp_path / "scheme.pt").write_text("made")
    made = Stage("first", "why", "evaluate", ("checkpoint=first", "output=o"), outputs=(tmp_path / "scheme.pt",))
    run_stages([made], tmp_path / "stages")
    run_stages([made], tmp_path / "stages")
    assert calls == ["first"]
    (tmp_path / "scheme.pt").unlink()
    run_stages([made], tmp_path / "stages")
    assert calls == ["first", "first"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chain": "x"}'])
def test_a_damaged_marker_repeats_its_stage(tmp_path: Path, calls: list[str], text: str) -> None:
    run_stages([stage("first")], tmp_path)
    (tmp_path / "first.json").write_text(text)
    assert set(run_stages([stage("first")], tmp_path)) == {"first"}
    assert calls == ["first", "first"]


def test_two_sequences_in_one_folder_are_refused(tmp_path: Path, calls: list[str]) -> None:
    with locked(tmp_path / ".lock", "stages"), pytest.raises(ParamnetError) as refused:
        run_stages([stage("first")], tmp_path)
    assert refused.value.got.startswith("process ") and calls == []


def test_a_lone_run_that_its_scheme_ended_is_an_error_with_its_reason(tmp_path: Path) -> None:
    outcomes = {"learned": RunOutcome(tmp_path, 5, "fallback: 45 % of the columns"), "floor": RunOutcome(tmp_path, 30)}
    with pytest.raises(ParamnetError) as refused:
        require_last_day(outcomes, 30)
    assert (refused.value.what, refused.value.expected) == ("run learned", "30 days")
    assert "after day 5: fallback" in refused.value.got and "overwrite=true" in refused.value.remedy
    require_last_day({"floor": RunOutcome(tmp_path, 30)}, 30)


def test_the_estimate_adds_up_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"crm": 10.0, "cheap": 1.0}
    assert minutes_of(Stage("spin_up", "", "online", (), takes={"crm": 60}), seconds) == pytest.approx(10.0)
    assert minutes_of(Stage("online", "", "online", (), takes={"crm": 30, "cheap": 90}), seconds) == pytest.approx(6.5)
    assert minutes_of(Stage("preprocess", "", "preprocess", (), samples=2.4e6), seconds) == pytest.approx(1.0)
    monkeypatch.setattr(estimate, "training_rate", lambda config: 1000.0)
    training = Stage("train", "", "train", ("store=s", "output=o", "trainer.epochs=2"), samples=6e4)
    assert minutes_of(training, seconds) == pytest.approx(0.8 * 6e4 * 2 / 1000.0 / 60)


def test_a_second_estimate_in_a_folder_is_refused_and_removes_nothing(tmp_path: Path) -> None:
    running = tmp_path / "teacher" / "plasim_status"
    running.parent.mkdir()
    running.write_text("of the first")
    with locked(tmp_path / ".lock", "the first"), pytest.raises(ParamnetError):
        estimate.estimate([], {"teacher": ("days=1",)}, tmp_path)
    assert running.read_text() == "of the first"


def test_the_rate_of_training_is_measured() -> None:
    config = compose_command("train", ("experiment=plasim_demo", "store=s", "output=o"))
    assert training_rate(config, batches=1) > 100


def test_the_rate_of_a_network_with_noise_and_memory_is_measured_too() -> None:
    config = compose_command("train", ("experiment=rasp2018_stochastic", "adapters.base=c", "trainer.batch_size=64", "store=a", "output=b"))
    assert training_rate(config, batches=1) > 10


def test_stages_see_the_users_own_folder(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "mine.yaml").write_text("epochs: 77\n")
    program = (
        "import hydra; from paramnet.cli.staging import Stage, compose_command\n"
        "@hydra.main(config_path='pkg://paramnet.conf', config_name='evaluate', version_base='1.3')\n"
        "def main(config):\n"
        "    print(compose_command('train', ('store=s', 'output=o', 'trainer=mine')).trainer.epochs)\n"
        "    print(Stage('train', '', 'train', ('trainer=mine',)).line)\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "--config-dir", str(tmp_path), "checkpoint=c", "output=o"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert printed.split("\n")[:2] == ["77", f"paramnet train --config-dir={tmp_path} trainer=mine"]
