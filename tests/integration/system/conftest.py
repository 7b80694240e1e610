"""The inputs of the interrupted commands, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import run
from pipeline import HOST, evaluate, export, preprocess, train


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A folder with a record of four days of PlaSim, a store, a checkpoint, scores and a scheme, made without faults."""
    if not (repository / "build" / "bridge" / "lib").is_dir():
        pytest.skip("the bridge is not built; run `make bridge` first")
    folder = tmp_path_factory.mktemp("pipeline")
    for arguments in (
        ["online", "mode=record", "days=4", "chunk_days=4", "seed=11", f"output={folder}", HOST],
        preprocess(folder, folder / "store"),
        train(folder, folder / "train"),
        evaluate(folder, folder / "evaluation"),
        export(folder, folder / "export"),
    ):
        if arguments[0] == "export":
            (folder / "export").mkdir()
        status = run(arguments, folder, folder / "log")
        assert status == 0, f"{arguments}: {(folder / 'log').read_text()[-3000:]}"
    return folder
