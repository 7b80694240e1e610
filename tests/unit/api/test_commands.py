"""Commands as Python functions do what the command line does."""

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
import zarr

import paramnet
from paramnet.api import keys as declared
from paramnet.api.keywords import configuration
from paramnet.cli.keys import groups_of, keys_of
from paramnet.cli.main import main
from paramnet.contract import ParamnetError
from paramnet.exporting.archive import MANIFEST, read_archive
from paramnet.store import open_store

COMMANDS = {
    "preprocess": declared.PreprocessKeys,
    "train": declared.TrainKeys,
    "evaluate": declared.EvaluateKeys,
    "export": declared.ExportKeys,
}


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command in this process; returns what it says about a failure."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
        main()
        return capsys.readouterr().err

    return run


def test_the_results_have_the_bits_of_the_command_line(made: Path, archive: Path, tmp_path: Path, command_line: Callable[..., str]) -> None:
    splits = ("splits.block_days=1", "splits.gap_days=0.25")
    preprocess = ("preprocess", "source=cf_example", f"input={archive}", f"store={tmp_path}/store", "cluster=inline", "quality_page=false")
    quick = ("trainer.epochs=1", "trainer.batch_size=256", "trainer.threads=1", "trainer.progress_bar=false", "model.hidden=[8]")
    train = ("train", f"store={tmp_path}/store", f"output={tmp_path}/train", "model=mlp", "linear_baseline=false")
    said = command_line(*preprocess, *splits) + command_line(*train, *quick)
    said += command_line("export", f"checkpoint={tmp_path}/train/best.ckpt", f"output={tmp_path}/scheme.pt", "samples=200")
    assert "expected" not in said
    assert open_store(tmp_path / "store").content == open_store(made / "store").content
    ours, theirs = (torch.load(folder / "train" / "best.ckpt", weights_only=True)["state_dict"] for folder in (made, tmp_path))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
    (ours, _), (theirs, _) = (read_archive(folder / "scheme.pt") for folder in (made, tmp_path))
    assert [name for name in ours if ours[name] != theirs[name]] == [MANIFEST]  # which has paths and times


def test_a_complete_result_is_opened_as_it_is(made: Path) -> None:
    before = (made / "train" / "best.ckpt").stat().st_mtime_ns
    again = paramnet.train(
        store=made / "store",
        output=made / "train",
        linear_baseline=False,
        **{"model.hidden": [8], "trainer.epochs": 1, "trainer.batch_size": 256, "trainer.threads": 1, "trainer.progress_bar": False},
    )
    assert again.best_checkpoint.stat().st_mtime_ns == before and "validation_loss" in again.scores


REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("train", {"store": "s", "trainer": {"epoch": 3}}, ["store=s", "trainer.epoch=3"]),
    ("train", {"store": "s", "model": "unett"}, ["store=s", "model=unett"]),
    ("train", {"store": "s", "seed": "one"}, ["store=s", "seed=one"]),
    ("train", {"store": "s", "model": {"kind": "unet", "hidden": [8]}}, ["store=s", "model.kind=unet", "model.hidden=[8]"]),
    ("train", {}, []),
    ("train", {"store": "s", "output": "/proc/none"}, ["store=s", "output=/proc/none"]),
    ("preprocess", {"sorce": "plasim"}, ["sorce=plasim"]),
    ("evaluate", {"split": "test"}, ["split=test"]),
    ("export", {"checkpoint": "nowhere"}, ["checkpoint=nowhere"]),
]


@pytest.mark.parametrize(("command", "keywords", "arguments"), REFUSED, ids=[" ".join([row[0], *row[2]]) for row in REFUSED])
def test_what_the_command_line_refuses_is_refused(
    command: str,
    keywords: dict[str, Any],
    arguments: list[str],
    command_line: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamnetError) as refused:
        getattr(paramnet, command)(**keywords)
    assert command_line(command, *arguments).strip().endswith(f"paramnet {command}: {refused.value}")
    assert list(tmp_path.iterdir()) == []


def test_values_keep_their_types(tmp_path: Path) -> None:
    config = configuration(
        "preprocess",
        {
            "store": tmp_path / "a b",
            "input": "1e5",
            "climates": {"warm": "x=#1"},
            "seed": np.int64(7),
            "quality_page": False,
            "splits": {"block_days": 2.5},
            "experiment": None,
            "source": "spcam",
            "max_invalid_fraction": 1e-7,
            "source.unit_overrides": {"PS": "hPa"},
        },
    )
    assert (config.store, config.input, dict(config.climates)) == (str(tmp_path / "a b"), "1e5", {"warm": "x=#1"})
    assert (config.seed, config.quality_page, config.splits.block_days, config.max_invalid_fraction) == (7, False, 2.5, 1e-7)
    assert config.source.name == "spcam" and config.source.unit_overrides["PS"] == "hPa"
    config = configuration("train", {"store": "s", "fit_on": ["train", "validation"], "features": [{"kind": "a", "variables": {"t": "x"}}]})
    assert list(config.fit_on) == ["train", "validation"] and config.features[0].variables.t == "x"


@pytest.mark.parametrize(
    ("keywords", "what", "got"),
    [
        ({"store": None}, "configuration key store", ""),
        ({"store": "s", "loss": None}, "loss", "None"),
        ({"store": "s", "seed": object()}, "seed", "object"),
        ({"store": "s\n"}, "store", ""),
    ],
)
def test_values_that_no_file_could_hold_are_refused(keywords: dict[str, Any], what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        paramnet.train(**keywords)
    assert refused.value.what.startswith(what) and got in refused.value.got


def test_a_folder_of_the_users_own_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "tiny.yaml").write_text("# @package _global_\ntrainer: {epochs: 2}\n")
    config = configuration("train", {"store": "s", "experiment": "tiny", "config_dir": tmp_path / "mine"})
    assert config.trainer.epochs == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_the_keywords_are_the_keys_of_the_command(command: str) -> None:
    known = {name for name in keys_of(command) if "." not in name} | set(groups_of(command))
    assert set(COMMANDS[command].__annotations__) == known | {"config_dir"}


def test_the_package_is_imported_without_its_libraries() -> None:
    code = "import sys, paramnet; print(*sorted({'torch', 'numpy', 'xarray', 'hydra'} & set(sys.modules)), 'train' in dir(paramnet))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["True"]
    with pytest.raises(AttributeError):
        paramnet.trian  # noqa: B018


def test_the_stub_names_every_function_where_it_is(repository: Path) -> None:
    stub = (repository / "src" / "paramnet" / "__init__.pyi").read_text()
    assert stub.count("import") == len(paramnet._API)
    assert all(f"from {module} import {name} as {name}" in stub for name, module in paramnet._API.items())
    assert all(callable(getattr(paramnet, name)) for name in paramnet._API)


def test_any_zarr_reader_gets_times_and_columns_of_a_split(made: Path) -> None:
    store = open_store(made / "store")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        split = xr.open_zarr(made / "store" / "test", consolidated=True, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))
    assert split.inputs.dims == ("sample", "input") and {"time", "latitude", "input_variable", "output_level"} <= set(split.coords)
    assert split.time.values[0] == store.to_xarray("test").time.values[0] and split.time.values[0].year == 2001
    names = split.input_variable.attrs["flag_meanings"].split()
    humidity = split.inputs[:, (split.input_variable == names.index("specific_humidity")).values]
    np.testing.assert_array_equal(humidity, store.to_xarray("test").specific_humidity)
    assert split.input_level.values[:9].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 1] and split.input_level.values[-1] == 0


def test_the_metadata_that_are_read_are_those_that_are_checked(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "store", tmp_path / "store")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(tmp_path / "store")
    path = tmp_path / "store" / "zarr.json"
    table = json.loads(path.read_text())
    table["consolidated_metadata"]["metadata"]["test/inputs"]["shape"][0] = 1
    path.write_text(json.dumps(table))
    assert len(open_store(tmp_path / "store").split("test")) == len(open_store(made / "store").split("test")) > 1
