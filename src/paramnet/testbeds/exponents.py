"""The time scale of the resolved Lorenz 96 system, by which lengths of forecasts are measured."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from paramnet.testbeds.baselines import Polynomial
from paramnet.testbeds.integration import leading_exponent
from paramnet.testbeds.lorenz96 import TIME_STEP, Lorenz96


def resolved_exponent(system: Lorenz96, cubic: Polynomial, members: int = 64, units: float = 20.0) -> float:
    """Leading Lyapunov exponent, per time unit, of the resolved system with a cubic polynomial for the rest."""
    a, b, c, d = cubic.coefficients
    start = torch.from_numpy(np.random.default_rng(0).normal(0.0, system.forcing / 4, (members, system.sectors)))

    def step(x: Tensor) -> Tensor:
        return system.resolved_step(x, a + x * (b + x * (c + x * d)))

    return leading_exponent(step, start, round(units / TIME_STEP), round(5.0 / TIME_STEP)) / TIME_STEP
