"""Philox against its published vectors, and the normal numbers made from it."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.noise import philox, standard_normal
from paramnet.noise.coefficients import COEFFICIENTS


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_the_vectors_of_random123(counter: str, key: str, words: str) -> None:
    def numbers(text: str) -> np.ndarray:
        return np.array([int(word, 16) for word in text.split()], np.uint32)

    assert philox(numbers(counter), numbers(key)).tolist() == numbers(words).tolist()


def test_the_quantile_is_that_of_a_normal() -> None:
    words = philox(np.array([3, 0, 7, 0], np.uint32), np.array([1, 2], np.uint32))  # the words behind the numbers below
    numbers = standard_normal(1, 2, 7, np.array([3]), 4)[0]
    probability = (2.0 * (words & 0x7FFFFFFF) + 1.0) / 2.0**33
    np.testing.assert_allclose(
        numbers, np.where(words >> 31, 1.0, -1.0) * torch.special.ndtri(torch.from_numpy(probability)).numpy(), rtol=0, atol=3e-7
    )


def test_the_numbers_are_normal_and_independent() -> None:
    numbers = standard_normal(5, 0, 11, np.arange(250_000), 4).astype(float)
    n = numbers.size
    assert abs(numbers.mean()) < 4 / np.sqrt(n) and abs(numbers.var() - 1) < 4 * np.sqrt(2 / n)
    share = torch.special.ndtr(torch.from_numpy(np.sort(numbers.ravel()))).numpy()
    assert np.abs(share - (np.arange(n) + 0.5) / n).max() < 1.95 / np.sqrt(n)  # Kolmogorov–Smirnov, p = 0.001
    others = {
        "draw": numbers[:, 1],
        "column": np.roll(numbers[:, 0], 1),
        "step": standard_normal(5, 0, 12, np.arange(250_000), 1)[:, 0],
        "member": standard_normal(5, 1, 11, np.arange(250_000), 1)[:, 0],
        "seed": standard_normal(6, 0, 11, np.arange(250_000), 1)[:, 0],
    }
    for name, other in others.items():
        assert abs(np.mean(numbers[:, 0] * other)) < 5 / np.sqrt(250_000), name


def test_a_number_does_not_depend_on_the_others_drawn() -> None:
    columns = np.array([0, 1, 2**32, 2**63 - 1])
    together = standard_normal(1, 2, 3, columns, 9)
    for row, column in enumerate(columns):
        assert standard_normal(1, 2, 3, np.array([column]), 5).tobytes() == together[row, :5].tobytes()
    assert len(np.unique(together)) == together.size


def test_the_library_has_the_same_coefficients(repository: Path) -> None:
    header = repository / "fortran_bridge/library/src/backends/native/simd/normal_coefficients.hpp"
    table = [float.fromhex(number) for number in re.findall(r"-?0x1\.[0-9a-f]+p[+-]\d+", header.read_text())]
    assert np.array_equal(np.reshape(table, (8, 32)).T, COEFFICIENTS)


@pytest.mark.parametrize(("what", "arguments"), [("seed", (-1, 0, 0, [0])), ("member", (0, 2**32, 0, [0])), ("step", (0, 0, -1, [0])),
                                                 ("columns", (0, 0, 0, [-1])), ("columns", (0, 0, 0, [0.5]))])  # fmt: skip
def test_numbers_out_of_range_are_refused(what: str, arguments: tuple) -> None:
    with pytest.raises(ParamnetError) as refused:
        standard_normal(*arguments[:3], np.array(arguments[3]), 1)
    assert refused.value.what == what
