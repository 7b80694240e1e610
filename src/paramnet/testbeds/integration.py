"""Time steps of small systems, and their leading Lyapunov exponent."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

State = tuple[Tensor, ...]


def runge_kutta(tendency: Callable[..., State], state: State, time_step: float) -> State:
    """The state, one tensor for each argument of ``tendency``, after one Runge-Kutta step of order 4."""

    def moved(slopes: State, by: float) -> State:
        return tuple(part + by * slope for part, slope in zip(state, slopes, strict=True))

    first = tendency(*state)
    second = tendency(*moved(first, time_step / 2))
    third = tendency(*moved(second, time_step / 2))
    fourth = tendency(*moved(third, time_step))
    return moved(tuple(a + 2 * b + 2 * c + d for a, b, c, d in zip(first, second, third, fourth, strict=True)), time_step / 6)


def leading_exponent(step: Callable[[Tensor], Tensor], state: Tensor, steps: int, spin_up: int, size: float = 1e-7) -> float:
    """The leading Lyapunov exponent of a map, per step, by the growth of a small difference (Benettin et al. 1980).

    step : (member, variable) -> (member, variable). state : (member, variable), float64; the result is the mean over the members, each
    over ``steps`` steps after ``spin_up``. size : of the difference, to which it is scaled back after every step.
    """
    generator = torch.Generator().manual_seed(0)
    other = state + size * torch.nn.functional.normalize(torch.randn(state.shape, generator=generator, dtype=state.dtype), dim=-1)
    total = torch.zeros(len(state), dtype=state.dtype)
    for number in range(spin_up + steps):
        state, other = step(torch.cat([state, other])).chunk(2)
        distance = (other - state).norm(dim=-1)
        if number >= spin_up:
            total += torch.log(distance / size)
        other = state + (other - state) * (size / distance)[:, None]
    return float(total.mean() / steps)
