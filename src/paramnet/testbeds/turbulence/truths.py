"""The cases of Ross et al. (2023), and runs of the truth and of coarse models."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from paramnet.testbeds.quasigeostrophic import TwoLayers
from paramnet.testbeds.turbulence.closures import Closure
from paramnet.testbeds.turbulence.coarsening import resized

TIME_STEP = 7200.0  # s
YEAR = 4380  # time steps
RECORD = 120  # time steps from record to record, 10 days
CASES = {"eddies": TwoLayers(), "jets": TwoLayers(beta=1.0e-11, drag=7.0e-8, thickness_ratio=0.1)}


def records(system: TwoLayers, q_hat: Tensor, years: float, closure: Closure | None = None) -> Tensor | None:
    """q_hat every ten days : (record, layer, y, x // 2 + 1) of a run, the start first; None if the run blows up."""
    before: tuple[Tensor, ...] = ()
    found = []
    for step in range(round(years * YEAR)):
        if step % RECORD == 0:
            found.append(q_hat)
            if not bool(torch.isfinite(q_hat.abs().sum())):
                return None
        q_hat, before = system.step(q_hat, before, TIME_STEP, closure(system, q_hat) if closure else 0.0)
    return torch.stack(found)


def truth(case: str, points: int, spin_up_years: float, years: float, seed: int) -> Tensor:
    """q : (record, layer, y, x), s-1, every ten days of ``years`` after the spin-up, whose first four fifths are run on half the points."""
    small, system = replace(CASES[case], points=points // 2), replace(CASES[case], points=points)
    generator = torch.Generator().manual_seed(seed)
    noise = 1e-5 * torch.randn(2, small.points, small.points, generator=generator, dtype=torch.float64)
    q_hat = small.to_spectrum(noise) * torch.exp(-small.squared * small.deformation_radius**2)
    q_hat = resized(_last(small, q_hat, 0.8 * spin_up_years), points)
    found = records(system, _last(system, q_hat, 0.2 * spin_up_years), years)
    assert found is not None  # the filter keeps the truth finite
    return system.to_field(found)


def _last(system: TwoLayers, q_hat: Tensor, years: float) -> Tensor:
    before: tuple[Tensor, ...] = ()
    for _ in range(round(years * YEAR)):
        q_hat, before = system.step(q_hat, before, TIME_STEP)
    return q_hat
