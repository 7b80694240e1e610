"""Pairs of states of the true system, observations of them, and the increments of a model that lacks a term."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from paramnet.testbeds.integration import runge_kutta
from paramnet.testbeds.model_errors.library import curl_of_speed
from paramnet.testbeds.quasigeostrophic import TwoLayers

TIME_STEP = 7200.0  # s


def turbulent(system: TwoLayers, years: float, generator: torch.Generator) -> Tensor:
    """q_hat of turbulence after ``years`` from random eddies of the radius of deformation and more : (layer, y, x // 2 + 1)."""
    noise = 1e-5 * torch.randn(2, system.points, system.points, generator=generator, dtype=torch.float64)
    q_hat, before = system.to_spectrum(noise) * torch.exp(-system.squared * system.deformation_radius**2), ()
    for _ in range(round(years * 365 * 86400 / TIME_STEP)):
        q_hat, before = system.step(q_hat, before, TIME_STEP)  # type: ignore[assignment]
    return q_hat


def forecast(system: TwoLayers, q_hat: Tensor, seconds: float, quadratic_drag: float = 0.0) -> Tensor:
    """q_hat after ``seconds`` in Runge-Kutta steps of order 4, with - ``quadratic_drag`` curl |u| u in the lower layer, m-1."""

    def tendency(one: Tensor) -> tuple[Tensor]:
        change = system.tendency(one)
        if quadratic_drag:
            rough = torch.tensor([0.0, quadratic_drag], dtype=torch.float64)[:, None, None]
            speeds = curl_of_speed(system, *system.velocities(system.streamfunction(one)))
            change = change - system.to_spectrum(rough * speeds)
        return (change,)

    for _ in range(round(seconds / TIME_STEP)):
        q_hat = system.filter * runge_kutta(tendency, (q_hat,), TIME_STEP)[0]
    return q_hat


def pairs(system: TwoLayers, start: Tensor, count: int, days_apart: float, seconds: float, quadratic_drag: float) -> tuple[Tensor, Tensor]:
    """States of the truth at ``count`` times and ``seconds`` later, each q_hat : (pair, layer, y, x // 2 + 1)."""
    first, second, state = [], [], start
    for _ in range(count):
        state = forecast(system, state, days_apart * 86400, quadratic_drag)
        first.append(state)
        second.append(forecast(system, state, seconds, quadratic_drag))
    return torch.stack(first), torch.stack(second)


def without(system: TwoLayers, case: str) -> TwoLayers:
    """The wrong model of a case: without drag, without beta, or the system, which has no quadratic drag."""
    if case == "drag":
        return replace(system, drag=0.0)
    return replace(system, beta=0.0) if case == "beta" else system


def analysed(system: TwoLayers, q_hat: Tensor, noise: float, generator: torch.Generator) -> Tensor:
    """The analysis of observations of psi at all points with errors that are independent : q_hat.

    noise : standard deviation of the errors, of that of psi. Optimal interpolation: each wavenumber counts by the share of the signal in
    the mean power of the observations.
    """
    if not noise:
        return q_hat
    psi = system.to_field(system.streamfunction(q_hat))
    size = noise * psi.std((0, 2, 3), keepdim=True)
    seen = system.to_spectrum(psi + size * torch.randn(psi.shape, generator=generator, dtype=torch.float64))
    power = (seen.abs() ** 2).mean(0, keepdim=True)
    shells = (system.squared.sqrt() * system.length / (2 * torch.pi)).round().long().flatten()
    total = torch.zeros(1, 2, int(shells.max()) + 1, dtype=torch.float64)
    mean = total.index_add(2, shells, power.flatten(2)) / total.index_add(2, shells, torch.ones_like(power.flatten(2)))
    share = (1 - (size**2 * system.points**2) / mean.index_select(2, shells).reshape(power.shape)).clamp(min=0)
    return system.potential_vorticity(share * seen)
