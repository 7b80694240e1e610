"""Restoring tendencies against upper-level drift: the levels, size and targets of the perturbations."""

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.store import ColumnStatistics
from paramnet.training.restoring import Restoring
from paramnet.training.trainer_config import RestoringConfig

SAMPLES, ABOVE, DAYS = 4000, 25_000.0, 3.0


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.from_yaml("rasp2018_plasim")


@pytest.fixture(scope="module")
def statistics(contract: Contract) -> ColumnStatistics:
    """Temperature and wind of either sign; humidity from zero up."""
    mean, std = np.zeros(contract.n_in), np.linspace(1.0, 2.0, contract.n_in)
    low = np.full(contract.n_in, -10.0)
    humidity = contract.input_columns["specific_humidity"]
    low[humidity], mean[humidity] = 0.0, 1.0
    return ColumnStatistics(
        mean, std, low, np.full(contract.n_in, 10.0), np.zeros(contract.n_in, bool), np.tile(mean, (5, 1)), (0.0, 0.25, 0.5, 0.75, 1.0)
    )


@pytest.fixture
def disturbed(contract: Contract, statistics: ColumnStatistics) -> tuple[torch.Tensor, torch.Tensor]:
    """Changes of states of 1 and of tendencies of 0."""
    restoring = Restoring(RestoringConfig(0.5, ABOVE, DAYS), contract, statistics)
    inputs, outputs = restoring(torch.ones(SAMPLES, contract.n_in), torch.zeros(SAMPLES, contract.n_out), 1, 7)
    return inputs - 1.0, outputs


def test_only_upper_level_temperature_and_humidity_are_perturbed(contract: Contract, disturbed: tuple[torch.Tensor, torch.Tensor]) -> None:
    change, tendency = disturbed
    aloft = np.flatnonzero(contract.vertical_grid.pressure(1e5) < ABOVE)
    for values, columns, names in (
        (change, contract.input_columns, ("air_temperature", "specific_humidity")),
        (tendency, contract.output_columns, ("tendency_of_air_temperature", "tendency_of_specific_humidity")),
    ):
        moved = np.flatnonzero((values != 0).any(dim=0).numpy())
        assert moved.tolist() == sorted(columns[name].start + level for name in names for level in aloft)


def test_the_target_removes_the_perturbation_in_the_configured_time(
    contract: Contract, disturbed: tuple[torch.Tensor, torch.Tensor]
) -> None:
    change, tendency = disturbed
    for name in ("air_temperature", "specific_humidity"):
        taken = tendency[:, contract.output_columns["tendency_of_" + name]] * (DAYS * 86400.0)
        torch.testing.assert_close(taken, -change[:, contract.input_columns[name]], rtol=1e-5, atol=1e-6)


def test_perturbations_have_the_configured_size_and_neighbouring_levels_share_half_of_them(
    contract: Contract, statistics: ColumnStatistics, disturbed: tuple[torch.Tensor, torch.Tensor]
) -> None:
    columns = contract.input_columns["air_temperature"]
    change = disturbed[0][:, columns].numpy()[:, :2] / statistics.std[columns][:2]
    assert change.std(axis=0) == pytest.approx(0.5, rel=0.05)
    assert np.corrcoef(change.T)[0, 1] == pytest.approx(0.5, abs=0.05)


def test_inputs_that_were_never_negative_stay_so(contract: Contract, disturbed: tuple[torch.Tensor, torch.Tensor]) -> None:
    humidity = 1.0 + disturbed[0][:, contract.input_columns["specific_humidity"]]
    assert float(humidity.min()) == 0.0


def test_it_depends_only_on_seed_and_step(contract: Contract, statistics: ColumnStatistics) -> None:
    restoring = Restoring(RestoringConfig(0.5), contract, statistics)
    state = torch.ones(10, contract.n_in), torch.zeros(10, contract.n_out)
    first = restoring(*state, 1, 7)[0]
    torch.manual_seed(99)
    assert torch.equal(restoring(*state, 1, 7)[0], first)
    assert not torch.equal(restoring(*state, 1, 8)[0], first)


def test_a_contract_without_such_levels_is_refused(contract: Contract, statistics: ColumnStatistics) -> None:
    with pytest.raises(ParamnetError) as refused:
        Restoring(RestoringConfig(0.5, above=1.0), contract, statistics)
    assert refused.value.what == "trainer.restoring" and refused.value.got.startswith("0 levels")
    assert refused.value.where == f"contract {contract.name}"


@pytest.mark.parametrize("wrong", [{"noise": -1.0}, {"above": 0.0}, {"days": 0.0}])
def test_invalid_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParamnetError) as refused:
        RestoringConfig(**wrong)
    (key, value), *_ = wrong.items()
    assert (refused.value.what, refused.value.got) == (f"trainer.restoring.{key}", str(value))
