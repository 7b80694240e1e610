"""A scheme of the worked CF example, made by the Python API on one process."""

import importlib.util
from pathlib import Path

import pytest

import paramnet

QUICK = {"epochs": 1, "batch_size": 256, "threads": 1, "progress_bar": False}


@pytest.fixture(scope="session")
def archive(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's file."""
    spec = importlib.util.spec_from_file_location("make_cf_example", repository / "data" / "make_cf_example.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write(tmp_path_factory.mktemp("archive")).parent


@pytest.fixture(scope="session")
def made(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with store, train/ and scheme.pt, all by the Python API."""
    folder = tmp_path_factory.mktemp("made")
    store = paramnet.preprocess(
        source="cf_example",
        input=archive,
        store=folder / "store",
        cluster="inline",
        quality_page=False,
        splits={"block_days": 1, "gap_days": 0.25},
    )
    trained = paramnet.train(
        store=store.path, output=folder / "train", model="mlp", trainer=QUICK, linear_baseline=False, **{"model.hidden": [8]}
    )
    paramnet.export(checkpoint=trained.best_checkpoint, output=folder / "scheme.pt", samples=200)
    return folder
