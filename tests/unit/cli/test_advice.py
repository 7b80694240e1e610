"""Misspelt, misplaced and renamed keys, options and experiments are answered with what to write."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hydra.errors import HydraException

from paramnet.cli.advice import advise, explain, known_keys, unknown_key
from paramnet.cli.batch import write_script
from paramnet.contract import ParamnetError

CONF = Path(__file__).resolve().parents[3] / "conf"


def test_a_key_another_choice_of_its_group_has_is_not_offered_again() -> None:
    said = explain("preprocess", HydraException("Could not override 'cluster.workers'.\nTo append to your config use +"))
    assert said == "there is no key 'cluster.workers' with the cluster=... that was chosen: leave it out, or choose another"


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("trainer.epoch=3", "there is no key 'trainer.epoch': did you mean 'trainer.epochs'?"),
        ("modle=mlp", "did you mean 'model'?"),
        ("model=mpl", "model=mpl is not shipped: did you mean model=mlp? There are "),
        ("experiment=rasp", "experiment=rasp is not shipped: did you mean experiment=rasp2018?"),
        ("batch_size=3", "did you mean 'trainer.batch_size'?"),
        ("+max_epochs=3", "write trainer.epochs instead"),
        ("lr=1", "write trainer.learning_rate instead"),
        ("+trainer.epoch=3", "did you mean 'trainer.epochs'?"),
        ("+experiment=rasp2018", "experiment is there already: write experiment=..., without +"),
        ("xyzzy=1", "expected one of adapters, constraints, "),
        ("store", "expected KEY=VALUE, got 'store'"),
        ("model=mlp,linear", "model=mlp,linear: expected one value, got several; add -m"),
        ("trainer.data={heating:2}", "new keys of a table need a +: write +trainer.data=..."),
        ("trainer.nosuch=1", "expected one of trainer.accelerator, trainer.average, "),
        ("batch.gpu=1", "there is no key 'batch.gpu': did you mean 'batch.gpus_per_node'?"),
        ("trainer.learning_rate=fast", "trainer.learning_rate: Value 'fast'"),
    ],
)
def test_a_wrong_override_says_what_to_write(override: str, answer: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamnetError, match=re.escape(answer)):
        write_script("train", ["store=s", override])


def test_the_command_line_answers_in_one_line_and_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "paramnet.cli.main", "export", "checkpont=a"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr == "paramnet export: there is no key 'checkpont': did you mean 'checkpoint'?\n"


def test_a_key_of_the_right_name_in_another_place_goes_before_one_that_only_looks_alike() -> None:
    assert advise("batch.epochs", {"trainer.epochs", "batch.array"}) == "did you mean 'trainer.epochs'?"


def test_every_renamed_key_is_called_by_a_name_that_exists() -> None:
    table = yaml.safe_load((CONF / "renamed.yaml").read_text())
    pairs = [(old, new.partition("=")[0]) for old, keys in table.items() for new in (keys if isinstance(keys, list) else [keys])]
    known = [known_keys(command) for command in ("preprocess", "train", "evaluate", "export", "online", "batch")]
    known.append(known_keys("preprocess", {"cluster": "slurm"}))
    assert {new for _, new in pairs} <= set().union(*known)
    assert not [old for old, new in pairs for keys in known if old in keys and new in keys]


def test_the_old_name_of_a_time_limit_is_called_by_that_of_the_command() -> None:
    assert unknown_key("preprocess", ["cluster=slurm", "cluster.walltime=1"]).endswith("write cluster.time instead")
    assert unknown_key("batch", ["batch.walltime=1"]).endswith("write batch.time instead")
