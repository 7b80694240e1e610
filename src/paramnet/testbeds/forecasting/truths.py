"""Series of the systems that are forecast, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from paramnet.testbeds.baselines import Polynomial
from paramnet.testbeds.exponents import resolved_exponent
from paramnet.testbeds.integration import runge_kutta
from paramnet.testbeds.lorenz63 import Lorenz63
from paramnet.testbeds.lorenz96 import TIME_STEP, ThreeTiers

EXPONENT_63 = 0.9056  # per time unit (Sprott 2003)


@dataclass
class Truth:
    """interval : between records, in time units. spin_up : records left out. start : states of members. step : to the next record.
    seen : what is recorded of a state : (member, variable)."""

    interval: float
    spin_up: int
    start: Callable[[int, torch.Generator], tuple[Tensor, ...]]
    step: Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]
    seen: Callable[[tuple[Tensor, ...]], Tensor]

    def series(self, members: int, records: int, seed: int) -> Tensor:
        """(record, member, variable), float64."""
        state, kept = self.start(members, torch.Generator().manual_seed(seed)), []
        for number in range(self.spin_up + records):
            if number >= self.spin_up:
                kept.append(self.seen(state))
            state = self.step(state)
        return torch.stack(kept)


def lorenz63() -> Truth:
    """All three variables every 0.02 time units, by two Runge-Kutta steps."""
    system = Lorenz63()

    def start(members: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        return (5.0 * torch.randn(members, 3, generator=generator, dtype=torch.float64) + torch.tensor([0.0, 0.0, 25.0]),)

    return Truth(0.02, 500, start, lambda state: (system.step(system.step(state[0])),), lambda state: state[0])


def three_tiers() -> Truth:
    """X every 0.01 time units, by two Runge-Kutta steps of the complete system; Y and Z are hidden."""
    system = ThreeTiers()

    def start(members: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        def normal(*shape: int) -> Tensor:
            return torch.randn(members, *shape, generator=generator, dtype=torch.float64)

        return 5.0 * normal(8), 0.1 * normal(8, 8), 0.01 * normal(8, 8, 8)

    def step(state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        for _ in range(2):
            state = runge_kutta(system.tendencies, state, TIME_STEP)
        return state

    return Truth(2 * TIME_STEP, 300, start, step, lambda state: state[0])


def exponent_of_three_tiers(truth: Truth) -> float:
    """That of X with a cubic polynomial fitted to the tendency by Y."""
    system, state, pairs = ThreeTiers(), truth.start(20, torch.Generator().manual_seed(7)), []
    for number in range(400):
        state = truth.step(state)
        if number >= 200 and number % 10 == 0:
            pairs.append(torch.stack([state[0], system.subgrid(state[1])]))
    x, u = torch.stack(pairs, 1).flatten(1).numpy()
    return resolved_exponent(system, Polynomial(np.polynomial.polynomial.polyfit(x, u, 3).tolist()), 16, 10.0)
