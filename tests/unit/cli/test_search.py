"""Searches: trials in folders of their own, a study that survives its interruption, a table of skill and cost."""

import csv
import itertools
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from paramnet.cli.config import typed
from paramnet.cli.main import main
from paramnet.cli.search import composed_sweep, is_sweep
from paramnet.cli.stages import STAGES
from paramnet.cli.sweeps import trial_name
from paramnet.cli.trials import table_of
from paramnet.contract import ParamnetError
from paramnet.files import locked
from paramnet.training import TrainConfig
from paramnet.training.trials import Trial, rank, read_trials

optuna = pytest.importorskip("optuna", reason="optuna not installed (paramnet-climate[search])")
SMALL = ["trainer=one_cycle", "trainer.epochs=1", "trainer.progress_bar=false", "trainer.batch_size=2048"]
STUDY = ["train", "-m", "sweep=mlp", "output=study", "search.width=choice(8,16)", "search.depth=range(1,3)", *SMALL]


@pytest.fixture
def paramnet(tmp_path: Path, monkeypatch, convection_store: Path):
    """Runs a command line in an empty folder, on the synthetic store."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["paramnet", *arguments, f"store={convection_store}"])
        return main()

    return run


def study_of(folder: Path) -> "optuna.Study":
    return optuna.load_study(study_name="mlp", storage=f"sqlite:///{folder}/study/study.db")


@pytest.mark.slow
def test_a_study_goes_on_after_an_interruption_up_to_its_trials(paramnet, tmp_path: Path, capsys) -> None:
    assert paramnet(*STUDY, "hydra.sweeper.n_trials=2", "trainer.batch_size=2048") == 0
    # As a killed process leaves it: a trial asked for, never told of.
    killed, before = study_of(tmp_path).ask(), study_of(tmp_path).trials[0]
    for name, distribution in before.distributions.items():
        killed._suggest(name, distribution)
    assert paramnet(*STUDY, "hydra.sweeper.n_trials=3", "trainer.batch_size=2048") == 0
    trials = study_of(tmp_path).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE"]
    assert trials[3].params == killed.params
    assert len(list((tmp_path / "study").glob("trial_*/best.ckpt"))) == len({str(trial.params) for trial in trials})
    assert paramnet(*STUDY, "hydra.sweeper.n_trials=3", "trainer.batch_size=2048") == 0
    assert "the study has its 3 trials" in capsys.readouterr().out and len(study_of(tmp_path).trials) == 4
    _the_table_has_skill_and_cost(tmp_path / "study")


def _the_table_has_skill_and_cost(folder: Path) -> None:
    with open(folder / "trials.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["validation_loss"]) for row in rows] == sorted(float(row["validation_loss"]) for row in rows)
    assert {"mean R2", "MFLOP per column", "parameters", "model.hidden", "trainer.learning_rate"} <= set(rows[0])
    for trial, row in zip(read_trials(folder), rows, strict=True):
        widths = [53, *trial.settings["model.hidden"], 30]
        work = 2 * sum(a * b for a, b in itertools.pairwise(widths))
        assert float(row["MFLOP per column"]) == pytest.approx(work / 1e6)
    assert "MFLOP per column" in (folder / "trials.html").read_text()


@pytest.mark.slow
def test_a_plain_sweep_has_a_folder_for_each_trial(paramnet, tmp_path: Path) -> None:
    assert paramnet("train", "-m", "model=linear", "output=swept", "model.ridge=1e-4,1e-2") == 0
    folders = sorted(path.parent.name for path in (tmp_path / "swept").glob("*/best.ckpt"))
    assert len(folders) == 2 and (tmp_path / "swept" / "trials.html").is_file()


@pytest.mark.parametrize("launcher", ["basic", "joblib", "submitit_local", "submitit_slurm"])
@pytest.mark.parametrize("sweep", sorted(path.stem for path in (Path(__file__).resolve().parents[3] / "conf" / "sweep").glob("*.yaml")))
def test_every_shipped_search_goes_with_every_launcher_and_searches_keys_that_exist(sweep: str, launcher: str) -> None:
    config = composed_sweep("train", [f"sweep={sweep}", f"hydra/launcher={launcher}", "store=s"])
    assert launcher.partition("_")[0] in config.hydra.launcher["_target_"]
    assert len(config.hydra.sweeper.direction) == len(config.search.objective)
    for key in config.hydra.sweeper.params:
        assert OmegaConf.select(config, key) is not None, key
    typed(OmegaConf.masked_copy(config, [key for key in config if key != "hydra"]), TrainConfig)


def test_the_bias_with_the_largest_size_is_in_the_table_and_ranks_by_size() -> None:
    def trial(name: str, warm: float, wet: float) -> Trial:
        scores = {"validation_loss": 1.0, "validation_r2/a": 0.5, "validation_bias/a": warm, "validation_bias/b": wet}
        return Trial(name, True, {}, scores, 10, 20, 0)

    made = [trial("dry", 0.5, -3.0), trial("fair", 0.25, -0.5)]
    headings, rows = table_of(made, [])
    at = headings.index("largest bias, W m-2")
    assert [row[at] for row in rows] == [-3.0, -0.5] and {"validation_bias/a", "validation_bias/b"} <= set(headings)
    assert sorted(made, key=lambda it: rank("validation_bias/b", it.value("validation_bias/b")))[0].name == "fair"


def test_a_search_whose_trials_fail_has_failed_and_asks_for_no_more(paramnet, tmp_path: Path, monkeypatch, capsys) -> None:
    def fail(config: object) -> Path:
        raise ZeroDivisionError("a trial's")

    monkeypatch.setitem(STAGES, "train", fail)
    for _ in range(2):
        assert paramnet(*STUDY, "hydra.sweeper.n_trials=2") == 1
        assert "got 2 that failed, numbers [0, 1]" in capsys.readouterr().err
    assert [trial.state.name for trial in study_of(tmp_path).trials] == ["FAIL", "FAIL"]


def test_two_searches_in_one_folder_are_refused(paramnet, tmp_path: Path, capsys) -> None:
    (tmp_path / "study").mkdir()
    with locked(tmp_path / "study" / "search.lock", "the other"):
        assert paramnet(*STUDY) == 1
    assert "search in study: expected no other process at work in it, got process " in capsys.readouterr().err
    assert not (tmp_path / "study" / "study.db").exists()


def test_a_folder_without_trials_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read_trials(tmp_path)
    assert (refused.value.what, refused.value.got) == (f"trials {tmp_path}", "none")
    assert "best.ckpt" in refused.value.expected and "paramnet train -m" in refused.value.remedy


def test_the_same_trial_has_the_same_folder_in_any_order() -> None:
    assert trial_name(["a=1", "b=2"]) == trial_name(["b=2", "a=1"]) != trial_name(["a=1", "b=3"])


def test_showing_the_configuration_of_a_sweep_starts_none() -> None:
    assert is_sweep(["-m", "sweep=mlp"]) and not is_sweep(["-m", "sweep=mlp", "--cfg", "job"]) and not is_sweep(["store=a"])
