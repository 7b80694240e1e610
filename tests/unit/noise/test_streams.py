"""10⁸ draws of the library: neighbouring columns, steps, members, seeds and draws are uncorrelated to 5 sigma, and moments are normal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge.loader import load_module

COLUMNS, DRAWS, STEPS = 1_000_000, 10, 10  # 10⁸ in all


def draws_of(step: int, seed: int = 11, member: int = 3, first: int = 0) -> np.ndarray:
    """(DRAWS, COLUMNS), float64."""
    numbers: np.ndarray = load_module().standard_normal(seed, member, step, np.arange(first, first + COLUMNS), DRAWS)
    return numbers.astype(np.float64)


@pytest.mark.long
def test_neighbours_are_uncorrelated(built_bridge: Path) -> None:
    sums = dict.fromkeys(("column", "step", "member", "seed", "draw", "four columns"), 0.0)
    moments = np.zeros(4)
    after = draws_of(0)
    for step in range(STEPS):
        here, after = after, draws_of(step + 1)
        others = {
            "column": draws_of(step, first=1), "four columns": draws_of(step, first=4), "step": after, "member": draws_of(step, member=4),
            "seed": draws_of(step, seed=12), "draw": np.roll(here, 1, axis=0),
        }  # fmt: skip
        for name, other in others.items():
            sums[name] += float(np.vdot(here, other))
        moments += [float((here**power).sum()) for power in (1, 2, 3, 4)]
    n = COLUMNS * DRAWS * STEPS
    in_sigma = {name: total / np.sqrt(n) for name, total in sums.items()}
    print({name: round(value, 2) for name, value in in_sigma.items()})
    assert all(abs(value) < 5 for value in in_sigma.values()), in_sigma
    # Standard errors of the mean, and of the second to fourth moments of a normal: 1, sqrt(2), sqrt(15), sqrt(96).
    departures = (moments / n - [0, 1, 0, 3]) * np.sqrt(n) / np.sqrt([1, 2, 15, 96])
    print(departures.round(2))
    assert np.abs(departures).max() < 5
