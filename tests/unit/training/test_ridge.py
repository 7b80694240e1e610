"""The linear network compared with NumPy's least squares."""

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.scheme import Scheme, load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import DataConfig, TrainConfig, TrainerConfig, train
from paramnet.training.data import batches
from paramnet.training.ridge import fit_ridge


def test_without_penalty_it_is_ordinary_least_squares(convection_store: Path, tmp_path: Path) -> None:
    model = ModelConfig(kind="linear", ridge=0.0)
    result = train(TrainConfig(store=str(convection_store), output=str(tmp_path), model=model))
    scheme, _, _ = load_checkpoint(result.best_checkpoint)
    split = open_store(convection_store).split("train")
    x, y = split.inputs[:].astype(np.float64), split.outputs[:].astype(np.float64)
    anomaly = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    design = np.c_[anomaly, np.ones(len(x))]
    expected = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    got = scheme(torch.from_numpy(split.inputs[:])).detach().numpy()
    assert np.max(np.abs(got - expected) / np.where(y.std(axis=0) > 0, y.std(axis=0), 1.0)) < 1e-4


def test_streaming_gives_the_same_fit(convection_store: Path, tmp_path: Path) -> None:
    model = ModelConfig(kind="linear")
    weights = []
    for residence in ("memory", "stream"):
        trainer = TrainerConfig(data=DataConfig(residence))
        result = train(TrainConfig(store=str(convection_store), output=str(tmp_path / residence), model=model, trainer=trainer))
        weights.append(load_checkpoint(result.best_checkpoint).scheme.network.linear.weight)
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-6, atol=1e-8)


def test_a_large_penalty_leaves_the_mean(convection_store: Path, tmp_path: Path) -> None:
    result = train(TrainConfig(store=str(convection_store), output=str(tmp_path), model=ModelConfig(kind="linear", ridge=1e9)))
    scheme = load_checkpoint(result.best_checkpoint).scheme
    store = open_store(convection_store)
    got = scheme(torch.from_numpy(store.split("train").inputs[:5])).detach().numpy()
    np.testing.assert_allclose(got, np.tile(store.statistics("outputs").mean, (5, 1)), rtol=1e-3, atol=1e-14)


def test_a_network_that_is_not_linear_is_refused(convection_store: Path) -> None:
    store = open_store(convection_store)
    scheme = Scheme(store.contract, store.statistics("inputs"), store.statistics("outputs"), ModelConfig(hidden=[4]), [], [])
    with pytest.raises(ParamnetError) as refused:
        fit_ridge(scheme, batches(store.split("train"), None, 512), 0.1)
    assert (refused.value.expected, refused.value.got) == ("a linear network", "MultilayerPerceptron")
