"""The user's own parts, from a package outside the checkout, through the command line: the examples of docs/guides/own_parts.md."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from paramnet.cli.main import main
from paramnet.exporting import read_manifest
from paramnet.store import open_store

pytestmark = pytest.mark.slow

PACKAGE = "my_parts"
RAIN = "convective_precipitation_production"
UNSCRIPTABLE = """
from dataclasses import dataclass
from torch import nn
from paramnet.scheme.networks import FlatModel

class Hidden(nn.Linear):
    def forward(self, x):
        return getattr(nn.functional, "lin" + "ear")(x, self.weight, self.bias)

@dataclass
class HiddenModel(FlatModel):
    def network(self, contract, n_in, n_out):
        return nn.Sequential(Hidden(n_in, n_out))

@dataclass
class Narrow(FlatModel):
    def network(self, contract, n_in, n_out):
        return nn.Linear(n_in, n_out - 1)

@dataclass
class Mixing(FlatModel):
    def network(self, contract, n_in, n_out):
        return nn.Sequential(nn.Linear(n_in, n_out), nn.Softmax(dim=0))
"""


@pytest.fixture(scope="module")
def folder(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the documentation, each named on the first line of its block."""
    folder = tmp_path_factory.mktemp("outside")
    text = (repository / "docs" / "guides" / "own_parts.md").read_text()
    for name, code in re.findall(r"```(?:python|yaml)\n# (\S+\.(?:py|yaml))\n(.*?)```", text, flags=re.DOTALL):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(code)
    (folder / PACKAGE / "__init__.py").touch()
    (folder / PACKAGE / "wrong.py").write_text(UNSCRIPTABLE)
    return folder


@pytest.fixture(scope="module")
def paramnet(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, parts: str = PACKAGE) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": paths, "PARAMNET_PARTS": parts}
        command = [sys.executable, "-m", "paramnet", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600)

    return run


@pytest.fixture
def refusal(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command line that is refused, in this process, and return what it says."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PARAMNET_PARTS", PACKAGE)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
        status, said = main(), capsys.readouterr().err
        assert status == 1, said
        return said

    return run


@pytest.fixture(scope="module")
def training(convection_store: Path) -> tuple[str, ...]:
    quick = ("trainer.epochs=1", "trainer.batch_size=256", "trainer.threads=1", "trainer.progress_bar=false", "linear_baseline=false")
    return ("train", "--config-dir=conf", f"store={convection_store}", *quick)


@pytest.fixture(scope="module")
def trained(paramnet: Callable, training: tuple[str, ...], folder: Path) -> Path:
    loss = (f"loss.kind={PACKAGE}.losses.LogCoshLoss", "loss.sharpness=2")
    done = paramnet(*training, "output=run", "model=sine", "physics=mine", *loss)
    assert done.returncode == 0, done.stderr
    return folder / "run"


def test_own_network_loss_feature_and_constraint_are_trained_and_exported(trained: Path, folder: Path, paramnet: Callable) -> None:
    record = json.loads((trained / "identity.json").read_text())
    assert (record["model"]["kind"], record["model"]["width"]) == (f"{PACKAGE}.networks.SineModel", 32)
    assert (record["loss"]["kind"], record["loss"]["sharpness"]) == (f"{PACKAGE}.losses.LogCoshLoss", 2.0)
    done = paramnet("export", "checkpoint=run/best.ckpt", "output=scheme.pt", "samples=200")
    assert done.returncode == 0, done.stderr
    manifest = read_manifest(folder / "scheme.pt")
    assert manifest["network"]["kind"] == f"{PACKAGE}.networks.SineModel" and manifest["checks"]["float64_rms"] < 1e-5


def test_a_checkpoint_with_own_parts_is_opened_only_where_they_are_trusted(trained: Path, paramnet: Callable) -> None:
    done = paramnet("export", "checkpoint=run/best.ckpt", "output=other.pt", parts="")
    assert done.returncode == 1 and f"export PARAMNET_PARTS={PACKAGE}" in done.stderr and "Traceback" not in done.stderr


def test_a_key_that_an_own_network_does_not_have_is_refused(refusal: Callable[..., str], training: tuple[str, ...]) -> None:
    said = refusal(*training, "output=refused", "model=sine", "model.hidden=[3]")
    assert f"model.hidden: expected a key of kind {PACKAGE}.networks.SineModel" in said
    assert "model.width: Value 'wide'" in refusal(*training, "output=refused", "model=sine", "model.width=wide")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Narrow", "(column, 53) -> (column, 30), got (4, 53) -> (4, 29)"),
        ("Mixing", "outputs of a column that depend on this column alone"),
    ],
)
def test_a_network_that_does_not_map_columns_is_refused(
    kind: str, words: str, refusal: Callable[..., str], training: tuple[str, ...]
) -> None:
    said = refusal(*training, "output=refused", "model=sine", "~model.width", f"model.kind={PACKAGE}.wrong.{kind}")
    assert f"model.kind {PACKAGE}.wrong.{kind}: expected" in said and words in said


def test_a_network_that_torchscript_cannot_compile_is_refused_by_name(
    refusal: Callable[..., str], training: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = ("output=hidden", "model=sine", "~model.width", f"model.kind={PACKAGE}.wrong.HiddenModel")
    monkeypatch.setattr(sys, "argv", ["paramnet", *training, *hidden])
    assert main() == 0
    said = refusal("export", "checkpoint=hidden/best.ckpt", "output=hidden.pt", "samples=200")
    assert f"scheme.network.0 ({PACKAGE}.wrong.Hidden): expected a module that TorchScript compiles" in said
    assert not (folder / "hidden.pt").exists()


def test_an_own_reader_is_used_by_every_worker(repository: Path, paramnet: Callable, folder: Path) -> None:
    shared = (
        "source=spcam",
        f"input={repository / 'data' / 'sp_plasim'}",
        "contract=rasp2018_plasim",
        "splits=columns",
        "quality_page=false",
    )
    for store, reader in (("plain", "history"), ("mine", f"{PACKAGE}.readers.MixingRatioReader")):
        done = paramnet("preprocess", *shared, f"store={store}", f"source.reader={reader}", "cluster.workers=2")
        assert done.returncode == 0, done.stderr
    plain, mine = (open_store(folder / store).split("test").inputs[:] for store in ("plain", "mine"))
    humidity = open_store(folder / "mine").contract.input_columns["specific_humidity"]
    np.testing.assert_allclose(mine[:, humidity], plain[:, humidity] / (1 + plain[:, humidity]), rtol=1e-6)
    assert (np.delete(mine, np.r_[humidity], axis=1) == np.delete(plain, np.r_[humidity], axis=1)).all()
