"""A network class from a user's folder: trained, exported with a program, run by the native kernel and in a Fortran model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge import Scheme
from paramnet.bridge.adapter import HostAdapterConfig, write_adapter
from paramnet.bridge.paths import installed_prefix
from paramnet.cli.main import main
from paramnet.exporting import read_manifest
from paramnet.store import open_store

pytestmark = [pytest.mark.slow, pytest.mark.long]

KIND = "mine.networks.ShortcutModel"
NETWORK = """
from dataclasses import dataclass

import torch
from torch import nn

from paramnet.contract import Contract
from paramnet.scheme.networks import FlatModel


class Shortcut(nn.Module):
    def __init__(self, n_in: int, n_out: int, width: int) -> None:
        super().__init__()
        self.first, self.last, self.past = nn.Linear(n_in, width), nn.Linear(width, n_out), nn.Linear(n_in, n_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.past(x) + self.last(torch.tanh(self.first(x)) * torch.sigmoid(self.first(x)))


@dataclass
class ShortcutModel(FlatModel):
    width: int = 24

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        return Shortcut(n_in, n_out, self.width)
"""
MODEL = f"# @package _global_\nmodel: {{kind: {KIND}, width: 24}}\nfeatures: []\nconstraints: []\n"
QUICK = ["trainer.epochs=2", "trainer.batch_size=256", "trainer.threads=1", "trainer.progress_bar=false", "linear_baseline=false"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The command line in a folder with the user's package and YAML file."""
    for name, text in (("mine/__init__.py", ""), ("mine/networks.py", NETWORK), ("conf/model/shortcut.yaml", MODEL)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PARAMNET_PARTS", "mine")

    def run(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
        assert main() == 0

    return run


def in_a_model(scheme: Path, folder: Path) -> list[str]:
    """What the generated program of an adapter prints, after three steps with the scheme."""
    write_adapter(HostAdapterConfig("mymodel", "plasim_convection", folder, recorder=False))
    packages = f"PKG_CONFIG_PATH={installed_prefix().resolve() / 'lib/pkgconfig'}"
    subprocess.run(["env", packages, "make", "-s", "-f", "paramnet.mk", "drive_mymodel"], cwd=folder, check=True)
    (folder / "learned.nml").write_text(f"&mymodel_paramnet_nml mode='learned', scheme_file='{scheme}' /\n")
    done = subprocess.run(["./drive_mymodel", "learned.nml", "3"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_network_of_the_users_own_runs_natively_and_in_a_model(
    command: Callable[..., None], convection_store: Path, built_bridge: Path, tmp_path: Path
) -> None:
    command("train", "--config-dir", "conf", "model=shortcut", f"store={convection_store}", "output=train", *QUICK)
    command("export", "checkpoint=train/best.ckpt", "output=scheme.pt", "samples=200")
    scheme = tmp_path / "scheme.pt"
    assert read_manifest(scheme)["network"]["kind"] == KIND

    inputs = np.asarray(open_store(convection_store).split("test").inputs[:400], dtype=np.float32)
    native, flags = Scheme(scheme, backend="native").predict(inputs)
    assert not (flags & 3).any() and (native.std(axis=0) > 0).mean() > 0.8
    torchscript, _ = Scheme(scheme, backend="torchscript").predict(inputs)
    assert np.allclose(native, torchscript, rtol=1e-4, atol=1e-5 * np.abs(torchscript).max(axis=0))

    counts, *rows = in_a_model(scheme, tmp_path / "model")
    assert counts.startswith("mymodel_paramnet: 144 columns, 0 without a result")
    statistics = {name: (float(mean), float(deviation)) for name, mean, deviation in map(str.split, rows)}
    assert len(statistics) == 3 and all(np.isfinite(mean) and deviation > 0 for mean, deviation in statistics.values())
