"""An inspection reports checkpoints and the output folders of commands."""

import json
from pathlib import Path

import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.inspection import inspect


def test_a_checkpoint_shows_contract_network_scores_and_data(made: Path, convection: Contract) -> None:
    report = inspect(made / "run" / "best.ckpt")
    plain = report.to_plain()
    assert report.kind == "checkpoint" and plain["contract"]["digest"] == convection.digest
    assert plain["checkpoint"]["epoch, the first is 0"] == 0
    assert plain["checkpoint"]["can be resumed"] == "no: it has no state of an optimizer"  # a linear network is solved for
    assert plain["network"]["kind"] == "linear" and plain["network"]["numbers"] == 53 * 30 + 30
    assert plain["scores"]["validation_loss"] > 0 and plain["training data"]["source"] == "synthetic"
    low, high = map(float, next(row for row in plain["inputs"] if row["name"] == "surface_air_pressure")["training range"].split(" … "))
    assert 6e4 <= low < high <= 1.03e5


def test_a_checkpoint_that_could_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"paramnet": Path("anything")}, tmp_path / "best.ckpt")
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path / "best.ckpt")
    assert refused.value.what == f"checkpoint {tmp_path / 'best.ckpt'}" and "more than plain data" in refused.value.got


def test_a_training_run_shows_its_state_scores_and_settings(made: Path, tmp_path: Path) -> None:
    report = inspect(made / "run")
    plain = report.to_plain()
    assert report.kind == "training run" and plain["training run"]["state"] == "complete" and plain["training run"]["epochs"] == 0
    assert plain["settings"]["model.kind"] == "linear" and plain["scores"]["validation_loss"] > 0
    assert {"best.ckpt", "train.json"} <= {row["file"] for row in plain["files"]}
    (tmp_path / "last.ckpt").write_bytes(b"")
    assert inspect(tmp_path).to_plain()["training run"]["state"].startswith("unfinished")


def test_an_evaluation_shows_the_bias_beside_the_error(made: Path) -> None:
    skill = json.loads((made / "evaluation" / "skill.json").read_text())
    report = inspect(made / "evaluation")
    assert report.kind == "evaluation"
    rows = {row["variable"]: row for row in report.to_plain()["skill"]}
    assert rows.keys() == skill["units"].keys()
    assert all((row["MAE"], row["bias"]) == (skill[name]["mae"], skill[name]["bias"]) for name, row in rows.items())


def test_a_coupled_run_that_ended_early_says_why(tmp_path: Path) -> None:
    run = {"host": {"name": "box", "namelists": {"a": {"dt": 30.0}}}, "scheme": {"mode": "learned"}, "seed": 3}
    (tmp_path / "run.json").write_text(json.dumps(run))
    (tmp_path / "failed.json").write_text(json.dumps({"message": "too warm", "days": 12}))
    plain = inspect(tmp_path).to_plain()
    assert plain["kind"] == "coupled run" and plain["end"] == {"ended early": "too warm", "on day": 12}
    assert plain["host"]["namelists.a.dt"] == 30.0 and plain["scheme"]["mode"] == "learned" and plain["run"] == {"seed": 3}


def test_a_comparison_shows_the_distance_of_each_run(tmp_path: Path) -> None:
    fields = {"air_temperature": {"units": "K", "long_name": "Temperature", "floor": 0.5, "learned": None}}
    runs = {"control": {"days": 20}, "floor": {"days": 20}, "learned": {"days": 7, "message": "ended"}}
    table = {"online": {"fields": fields}, "runs": runs, "window_days": [5, 20], "measure": "distance"}
    (tmp_path / "comparison.json").write_text(json.dumps(table))
    plain = inspect(tmp_path).to_plain()
    assert plain["distance to control"] == [{"field": "air_temperature", "units": "K", "floor": 0.5}]
    assert {row["run"]: row["ended early"] for row in plain["runs"]} == {"control": "", "floor": "", "learned": "ended"}


def test_a_folder_of_runs_lists_them_and_records_of_a_pipeline_are_none(made: Path, tmp_path: Path) -> None:
    plain = inspect(made).to_plain()
    assert plain["kind"] == "runs" and {(row["folder"], row["kind"]) for row in plain["runs"]} == {
        ("evaluation", "evaluation"),
        ("run", "training run"),
    }
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "train.json").write_text("{}")
    with pytest.raises(ParamnetError):
        inspect(tmp_path)


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "skill.json").write_text("{")
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path)
    assert refused.value.what == str(tmp_path / "skill.json") and refused.value.expected == "JSON"
