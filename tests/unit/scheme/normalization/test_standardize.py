"""Standardization and its inverse."""

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.scheme.normalization import Denormalizer, Normalizer

MEAN, STD, CONSTANT = np.array([280.0, 3.0, 1e-8]), np.array([20.0, 0.0, 2e-8]), np.array([False, True, False])


def test_normalized_values_have_mean_zero_and_unit_spread() -> None:
    x = torch.tensor([[260.0, 3.0, -1e-8], [300.0, 3.0, 3e-8]])
    z = Normalizer(MEAN, STD, CONSTANT)(x)
    torch.testing.assert_close(z, torch.tensor([[-1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]))


def test_a_constant_input_has_no_effect_even_if_the_host_changes_it() -> None:
    z = Normalizer(MEAN, STD, CONSTANT)(torch.tensor([[280.0, 1e30, 1e-8]]))
    assert z[0, 1] == 0.0


def test_a_constant_output_returns_its_constant_exactly() -> None:
    y = Denormalizer(MEAN, STD, CONSTANT)(torch.tensor([[0.3, 123.0, -0.2]]))
    assert y[0, 1] == 3.0


def test_denormalizing_undoes_normalizing() -> None:
    x = torch.tensor([[251.0, 3.0, 5e-8]])
    torch.testing.assert_close(Denormalizer(MEAN, STD, CONSTANT)(Normalizer(MEAN, STD, CONSTANT)(x)), x)


def test_without_centring_zero_means_exactly_zero() -> None:
    y = Denormalizer(MEAN, STD, CONSTANT, centred=False)(torch.zeros(1, 3))
    assert y.tolist() == [[0.0, 3.0, 0.0]]


def test_a_zero_spread_not_marked_constant_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        Normalizer(MEAN, STD, np.zeros(3, bool))
    assert (refused.value.what, refused.value.got) == ("input statistics", "mean 3.0, std 0.0")
    assert refused.value.where.startswith("column 1 ")


def test_a_limit_clips_rare_inputs() -> None:
    z = Normalizer(MEAN, STD, CONSTANT, limit=5.0)(torch.tensor([[2800.0, 3.0, 1e-8]]))
    assert z.tolist() == [[5.0, 0.0, 0.0]]
