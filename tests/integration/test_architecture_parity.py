"""Every architecture, trained briefly on real columns, exported and called through the bridge, agrees with Python in float64.

Bounds as in test_bridge_parity: rms 3e-6, largest 5e-5 of each output's standard deviation, here that of
the training data, because the predictions of a briefly trained network vary less.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module

from paramnet.bridge import Scheme
from paramnet.cli.config import typed
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train
from paramnet.training.data import load_split

pytestmark = pytest.mark.slow

RMS, LARGEST = 3e-6, 5e-5
SMALL = {"hidden": [48, 48], "width": 16, "depth": 2, "activation": "silu"}
# The network's configuration and its training loss. That with memory needs sequences of steps
# (tests/unit/bridge/test_memory_in_a_host.py), a flow its own loss (tests/unit/training/test_flow.py).
CASES: dict[str, tuple[dict, str]] = {
    **{kind: ({"kind": kind}, "huber") for kind in ModelConfig.parts if kind not in ("column_memory", "flow")},
    "random Fourier features": ({"kind": "mlp", "fourier": 64}, "huber"),
    "U-Net with Fourier features": ({"kind": "column_unet", "fourier": 16}, "huber"),
    "ensemble": ({"kind": "residual_mlp", "members": 3, "width": 48}, "crps"),
    "ensemble of recurrent networks": ({"kind": "column_bilstm", "members": 2, "width": 8, "depth": 1}, "mae"),
    "heteroscedastic head": ({"kind": "mlp", "head": "heteroscedastic"}, "gaussian_crps"),
    "quantile head": ({"kind": "column_unet", "head": "quantile"}, "pinball"),
}


@pytest.fixture(scope="module")
def store(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample in E3SM-MMF's schema: 768 columns."""
    target = tmp_path_factory.mktemp("architectures") / "store"
    files = repository / "data" / "e3sm_schema"
    overrides = ["source=climsim", "splits=columns", f"input={files}", f"store={target}", "cluster=inline"]
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return preprocess(typed(compose("preprocess", overrides), PreprocessConfig))


@pytest.mark.parametrize("name", CASES)
def test_an_architecture_in_a_host_agrees_with_float64(name: str, store: Path, tmp_path: Path, built_bridge: Path) -> None:
    model, loss = CASES[name]
    humidity = FeatureConfig("relative_humidity_over_liquid", {"temperature": "air_temperature", "humidity": "specific_humidity"})
    config = TrainConfig(
        store=str(store),
        output=str(tmp_path),
        model=ModelConfig.read(SMALL | model),
        features=[humidity],
        loss=LossConfig(kind=loss, balance="column"),
        trainer=TrainerConfig(epochs=1, batch_size=64, learning_rate=2e-3, threads=1, progress_bar=False),
    )
    checkpoint = train(config).best_checkpoint
    path = export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"), samples=200))
    assert read_manifest(path)["native"]["program"], read_manifest(path)["native"]
    opened = open_store(store)
    columns, std = load_split(opened.split("train")).inputs.double(), opened.statistics("outputs").std
    with torch.inference_mode():
        exact = load_checkpoint(checkpoint).scheme.double()(columns).numpy()
    for backend in ("torchscript", "native"):
        got, flags = Scheme(path, backend=backend, strict=False).predict(columns.numpy())
        assert isinstance(got, np.ndarray) and not (flags & 3).any()
        np.testing.assert_array_equal(got[:, std == 0], exact[:, std == 0].astype(np.float32))
        departure = np.abs(got - exact)[:, std > 0] / std[std > 0]
        rms, largest = float(np.sqrt(np.square(departure).mean(axis=0)).max()), float(departure.max())
        print(f"{name}, {backend}: rms {rms:.1e}, largest {largest:.1e} on {len(columns)} columns")
        assert rms <= RMS and largest <= LARGEST
