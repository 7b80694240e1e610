"""A user's own folder and the command line: contracts by name, keys of a source that its YAML leaves out."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def mine(tmp_path: Path, repository: Path) -> Path:
    """A source and a contract of its own, the source without unit_overrides."""
    folder = tmp_path / "mine"
    for group in ("source", "contract"):
        (folder / group).mkdir(parents=True)
    table: dict[str, Any] = yaml.safe_load((repository / "conf" / "source" / "cf_example.yaml").read_text())
    table |= {"name": "mymodel", "contract": "mymodel"}
    table.pop("unit_overrides")
    (folder / "source" / "mymodel.yaml").write_text(yaml.safe_dump(table))
    (folder / "contract" / "mymodel.yaml").write_text("name: mymodel\nextends: base\n")
    (folder / "contract" / "base.yaml").write_text("name: base\nextends: cf_example\n")
    command = [sys.executable, str(repository / "data" / "make_cf_example.py"), f"output={tmp_path / 'archive'}"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def preprocess(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    plain = ["source=mymodel", f"input={folder.parent}/archive", f"store={folder.parent}/store", "cluster=inline", "quality_page=false"]
    plain += ["splits.block_days=1", "splits.gap_days=0.25", f"paths.runs={folder.parent}"]
    command = [sys.executable, "-m", "paramnet.cli.main", "preprocess", "--config-dir", str(folder), *plain, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder.parent)


def test_a_contract_is_found_by_name_and_an_override_comes_from_the_command_line(mine: Path) -> None:
    from paramnet.store import open_store

    done = preprocess(mine, "source.unit_overrides={sp: hPa}")
    assert done.returncode == 0, done.stderr
    store = open_store(mine.parent / "store")
    pressure = store.split("train").inputs[:8, store.contract.input_columns["surface_air_pressure"]]
    assert store.contract.name == "mymodel" and pressure.min() > 8e4


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("source.unit_overrides.sp=furlong", "furlong"),
        ("source.unit_overrides={nosuch: hPa}", "nosuch"),
        ("source.unit_overides={sp: hPa}", "unit_overrides"),
        ("contract=nowhere", "one of ['cam3_keras', 'cf_example'"),
        ("contract=nowhere.yaml", "one of ['cam3_keras', 'cf_example'"),
    ],
)
def test_what_is_not_there_is_named(word: str, said: str, mine: Path) -> None:
    done = preprocess(mine, word)
    assert done.returncode != 0 and said in done.stderr and "Traceback" not in done.stderr
