"""Absolute errors without bias: the mean of rare and intense rain is predicted correctly."""

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import to_watts_per_square_metre
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train
from paramnet.training.loss.energy import EnergyLoss
from paramnet.training.loss.mean_error import MeanError

MEDIAN, MEAN = 0.6931, 1.0  # of an exponential distribution


def fitted(rate: float, samples: torch.Tensor) -> tuple[float, MeanError]:
    """The constant that minimizes absolute errors over samples of one number, with multipliers that change at ``rate``."""
    value, term = torch.zeros(1, requires_grad=True), MeanError(rate, 1)
    optimizer = torch.optim.SGD([value], lr=0.02)
    batches = samples.reshape(-1, 256)
    for step in range(4000):
        if step == 3000:
            optimizer.param_groups[0]["lr"] = 0.002
        error = value - batches[step % len(batches)][:, None]
        optimizer.zero_grad()
        (error.abs() + term(error, torch.ones(256))).mean().backward()
        optimizer.step()
    return value.item(), term


def test_absolute_errors_find_the_median_and_with_the_term_the_mean() -> None:
    samples = -torch.log(torch.rand(16_384, generator=torch.Generator().manual_seed(0)))
    assert fitted(0.0, samples)[0] == pytest.approx(MEDIAN, abs=0.02)
    value, term = fitted(0.02, samples)
    assert value == pytest.approx(float(samples.mean()), abs=0.01) and float(samples.mean()) == pytest.approx(MEAN, abs=0.02)
    level = 0.5 * (1.0 - float(term.multiplier))  # the mean of an exponential is its quantile 1 - 1/e
    assert level == pytest.approx(0.632, abs=0.02)


def test_the_mean_is_taken_over_area() -> None:
    term = MeanError(0.5, 2)
    error = torch.tensor([[1.0, 0.0], [0.0, 4.0]], requires_grad=True)
    assert term(error, torch.tensor([3.0, 1.0])).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert term.multiplier.tolist() == pytest.approx([0.375, 0.5])
    assert term(error, torch.tensor([3.0, 1.0])).tolist() == [pytest.approx([0.375, 0.0]), pytest.approx([0.0, 2.0])]


def test_multipliers_stay_in_the_range_where_the_loss_has_a_minimum() -> None:
    term = MeanError(0.5, 1)
    for _ in range(10):
        term(torch.full((4, 1), 3.0, requires_grad=True), torch.ones(4))
    assert term.multiplier.tolist() == pytest.approx([0.9])


def test_validation_neither_moves_the_multipliers_nor_sees_them() -> None:
    term = MeanError(0.5, 1)
    term(torch.ones(4, 1, requires_grad=True), torch.ones(4))
    before = term.multiplier.clone()
    with torch.no_grad():
        assert term(torch.ones(4, 1), torch.ones(4)).abs().sum() == 0
    assert term.eval()(torch.ones(4, 1, requires_grad=True), torch.ones(4)).abs().sum() == 0
    assert torch.equal(term.multiplier, before)


@pytest.mark.parametrize("members", [1, 2])
def test_it_is_added_in_the_units_of_the_loss(members: int, convection: Contract, convection_store, convection_columns) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    model = ModelConfig(hidden=[4], members=members)
    x = torch.from_numpy(convection_columns[:64])
    predicted = torch.tensor(statistics.std, dtype=torch.float32) * torch.randn(64, 30, generator=torch.Generator().manual_seed(1))
    predicted = predicted.requires_grad_()
    given = predicted if members == 1 else predicted[:, None].expand(-1, members, -1)
    logits = x[:, :0] if members == 1 else x[:, None, :0].expand(-1, members, -1)
    plain, unbiased = (EnergyLoss(LossConfig(kind="mae", bias_rate=rate), model, convection, statistics) for rate in (0.0, 0.1))
    arguments = (x, given, torch.zeros(64, 30), logits, torch.ones(64))
    assert unbiased(*arguments).item() == pytest.approx(plain(*arguments).item())  # the multipliers begin at zero
    error = predicted.detach() * plain.energy(x) * plain.weight
    torch.testing.assert_close(unbiased.mean_error.multiplier, (0.1 * error.mean(dim=0)).clamp(-0.9, 0.9))
    term = (unbiased.mean_error.multiplier * error * unbiased.importance).sum(dim=1).mean()
    assert unbiased(*arguments).item() - plain(*arguments).item() == pytest.approx(term.item(), rel=1e-4)


def test_after_training_the_bias_on_the_training_data_is_zero(convection_store, tmp_path) -> None:
    trainer = TrainerConfig(epochs=1, batch_size=512, learning_rate=3e-3, progress_bar=False, threads=1)
    loss = LossConfig(kind="mae", balance="column", bias_rate=0.02)
    model = ModelConfig(hidden=[8])
    config = TrainConfig(str(convection_store), str(tmp_path), model=model, loss=loss, trainer=trainer, linear_baseline=False)
    scheme, contract, _ = load_checkpoint(train(config).last_checkpoint)
    split = open_store(convection_store).split("train")
    x, y = torch.from_numpy(split.inputs[:]), split.outputs[:].astype(float)
    with torch.no_grad():
        error = to_watts_per_square_metre(contract, scheme(x).double().numpy() - y, x[:, 50].double().numpy())
    assert contract.input_columns["surface_air_pressure"] == slice(50, 51)
    spread = to_watts_per_square_metre(contract, y, x[:, 50].double().numpy()).std(axis=0)
    live = spread > 0
    assert np.abs(error.mean(axis=0)[live] / spread[live]).max() < 1e-5


def test_a_rate_outside_its_range_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        LossConfig(bias_rate=1.0)
    assert (refused.value.what, refused.value.got) == ("loss.bias_rate", "1.0")
