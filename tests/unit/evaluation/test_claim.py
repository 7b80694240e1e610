"""An output folder has one evaluation, identified by its settings, checkpoints and data."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.evaluation.claim import results_in
from paramnet.files import locked
from paramnet.scheme import find_trained_store, load_checkpoint, part_in_training
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train


@pytest.fixture(scope="module")
def evaluated(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> EvaluateConfig:
    """A linear network, evaluated on 100 samples without probes."""
    folder = tmp_path_factory.mktemp("claimed")
    trainer = TrainerConfig(epochs=1, batch_size=512, progress_bar=False)
    checkpoint = train(TrainConfig(str(convection_store), str(folder / "run"), ModelConfig(kind="linear"), trainer=trainer)).best_checkpoint
    sizes = {"limit": 100, "jacobian_columns": 0, "noise_samples": 0, "envelope_samples": 0}
    config = EvaluateConfig(str(checkpoint), str(folder / "out"), **sizes)
    evaluate(config)
    return config


def stamps(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_mtime_ns for name in ("skill.json", "report.html", "identity.json")}


def test_the_same_evaluation_is_not_repeated(evaluated: EvaluateConfig) -> None:
    before = stamps(Path(evaluated.output))
    evaluate(evaluated)
    assert stamps(Path(evaluated.output)) == before


def test_another_evaluation_is_refused_with_the_differences_unless_it_may_overwrite(evaluated: EvaluateConfig, tmp_path: Path) -> None:
    output = Path(shutil.copytree(evaluated.output, tmp_path / "out"))
    before, other = stamps(output), replace(evaluated, output=str(output), split="validation")
    with pytest.raises(ParamnetError) as error:
        evaluate(other)
    assert 'settings.split: "test" → "validation"' in error.value.got and "overwrite=true" in error.value.remedy
    assert stamps(output) == before
    evaluate(replace(other, overwrite=True))
    assert json.loads((output / "skill.json").read_text())["provenance"]["split"] == "validation"


def test_another_checkpoint_with_the_same_path_is_detected(evaluated: EvaluateConfig, tmp_path: Path) -> None:
    import torch

    output = Path(shutil.copytree(evaluated.output, tmp_path / "out"))
    raw = torch.load(evaluated.checkpoint, weights_only=True)
    raw["state_dict"]["scheme.network.linear.bias"] += 1.0
    torch.save(raw, tmp_path / "best.ckpt")
    with pytest.raises(ParamnetError) as error:
        evaluate(replace(evaluated, output=str(output), checkpoint=str(tmp_path / "best.ckpt")))
    assert error.value.got.startswith("another (checkpoint: ")


def test_two_simultaneous_evaluations_are_refused(evaluated: EvaluateConfig) -> None:
    with locked(Path(evaluated.output) / "evaluate.lock", "the test"), pytest.raises(ParamnetError) as error:
        evaluate(replace(evaluated, overwrite=True))
    assert error.value.got.startswith("process ")


def test_results_are_moved_into_place_together_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "skill.json").write_text("old")
    with pytest.raises(KeyboardInterrupt), results_in(tmp_path, {}) as made:
        (made / "skill.json").write_text("half")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["skill.json"] and (tmp_path / "skill.json").read_text() == "old"


def test_a_missing_or_replaced_store_is_reported(
    evaluated: EvaluateConfig, convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    raw = torch.load(evaluated.checkpoint, weights_only=True)
    assert raw["paramnet"]["store"]["path"] == str(convection_store.absolute())
    raw["paramnet"]["store"]["path"] = str(tmp_path / "moved")
    torch.save(raw, tmp_path / "best.ckpt")
    config = replace(evaluated, checkpoint=str(tmp_path / "best.ckpt"), output=str(tmp_path / "out"), linear_checkpoint="none")
    with pytest.raises(ParamnetError) as error:
        evaluate(config)
    assert error.value.expected == f"the store it was trained on, {tmp_path / 'moved'}" and "store=" in error.value.remedy
    evaluate(replace(config, store=str(convection_store)))
    raw["paramnet"]["store"] |= {"path": str(convection_store), "content": "0" * 64}
    torch.save(raw, tmp_path / "best.ckpt")
    with pytest.raises(ParamnetError) as error:
        evaluate(config)
    assert error.value.got == "one with other content"


def test_an_exported_scheme_as_checkpoint_is_recognised_without_advice_to_run_its_code(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "scheme.pt", "w") as archive:
        archive.writestr("archive/extra/paramnet.json", "{}")
    with pytest.raises(ParamnetError) as error:
        evaluate(EvaluateConfig(str(tmp_path / "scheme.pt"), str(tmp_path / "out")))
    assert "it is an exported scheme" in error.value.got and "scheme=" in error.value.remedy
    assert "weights_only" not in str(error.value)


def test_the_data_of_the_training_are_identified_by_content_and_times_not_by_the_names_of_splits(
    evaluated: EvaluateConfig, convection: Contract, tmp_path: Path, convection_store: Path
) -> None:
    import torch
    import zarr

    other = Path(shutil.copytree(convection_store, tmp_path / "other"))
    for split in ("train", "validation", "test"):
        inputs = zarr.open_group(other)[f"{split}/inputs"]
        inputs[:] = np.asarray(inputs[:]) + np.float32(0.5)
    group = zarr.open_group(other)
    mean = group["statistics/inputs/mean"]
    mean[:] = np.clip(np.asarray(mean[:]) * (1 + 1e-9), group["statistics/inputs/min"][:], group["statistics/inputs/max"][:])
    checkpoint, store = load_checkpoint(evaluated.checkpoint), open_store(other)
    assert part_in_training("test", checkpoint, store) == (
        "of a store other than that of training; 100% of its steps are at times that training was fitted to"
    )
    group["test/time"][:] = 1000.0
    assert part_in_training("test", checkpoint, open_store(other)) == "that training never saw"
    raw = torch.load(evaluated.checkpoint, weights_only=True)
    for key in ("content", "days"):
        raw["paramnet"]["store"].pop(key)
    torch.save(raw, tmp_path / "older.ckpt")
    older = load_checkpoint(tmp_path / "older.ckpt")
    assert "unknown" in part_in_training("test", older, store)
    assert part_in_training("test", older, open_store(convection_store)) == "that training never saw"
    found = find_trained_store(checkpoint, store)
    assert found is not None and found.path == convection_store
