"""Variational assimilation with a learned scheme: the forecast model is the resolved Lorenz 96 system with a scheme.pt through the bridge.

The truth is the two-tier system. Observations of every second X, with errors, are assimilated by 4D-Var, whose gradient goes through
tangent and adjoint of the bridge (incremental; Courtier et al. 1994), and by 3D-Var with the same observations and background covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from shipped_schemes import statistics

from paramnet.bridge import Scheme
from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.scheme import Scheme as TrainedScheme
from paramnet.scheme.networks import ModelConfig
from paramnet.testbeds.lorenz96 import TIME_STEP, Lorenz96

Floats = NDArray[np.float64]
SYSTEM = Lorenz96()
SIZE, STEP, EVERY, WINDOW = SYSTEM.sectors, 0.01, 5, 20  # steps between observations and of a window
OBSERVED, ERROR, SPREAD = np.arange(0, SIZE, 2), 1.0, 1.0  # standard deviations of observations and background


@dataclass
class Forecast:
    """The forecast model about a trajectory: a handle of the scheme for each step keeps its linearization for all inner loops."""

    scheme: Scheme
    handles: list[dict[str, object]] = field(default_factory=list)

    def handle(self, step: int) -> dict[str, object]:
        while len(self.handles) <= step:
            scheme = self.scheme.share()
            arrays = {"x": np.zeros((SIZE, SIZE)), "dx": np.zeros((SIZE, SIZE)), "u": np.zeros(SIZE), "du": np.zeros(SIZE)}
            for offset in range(SIZE):
                scheme.bind_input(f"resolved_{offset}", "1", arrays["x"][:, offset])
                scheme.bind_input_perturbation(f"resolved_{offset}", "1", arrays["dx"][:, offset])
            output = scheme.outputs[0]
            scheme.bind_output(output["name"], output["units"], arrays["u"])
            scheme.bind_output_perturbation(output["name"], output["units"], arrays["du"])
            self.handles.append({"scheme": scheme, **arrays})
        return self.handles[step]

    def run(self, x: Floats, steps: int, linearize: bool = False) -> Floats:
        """States (steps + 1, X)."""
        states = [x]
        for step in range(steps):
            one = self.handle(step if linearize else 0)
            one["x"][:] = ring(states[-1])
            one["scheme"].run(SIZE)
            if linearize:
                one["scheme"].linearize(SIZE, "float64")
                now, subgrid = torch.from_numpy(states[-1]), torch.from_numpy(one["u"].copy())
                one["by_x"], one["by_u"] = (part.numpy() for part in torch.func.jacrev(resolved, argnums=(0, 1))(now, subgrid))
            states.append(resolved(torch.from_numpy(states[-1]), torch.from_numpy(one["u"].copy())).numpy())
        return np.stack(states)

    def tangent(self, dx: Floats, steps: int) -> Floats:
        """Perturbations (steps + 1, X) about the trajectory."""
        states = [dx]
        for one in self.handles[:steps]:
            one["dx"][:] = ring(states[-1])
            one["scheme"].tangent(SIZE)
            states.append(one["by_x"] @ states[-1] + one["by_u"] @ one["du"])
        return np.stack(states)

    def adjoint(self, forcing: Floats) -> Floats:
        """Gradient at the first state of the sum of states times ``forcing`` : (steps + 1, X)."""
        gradient = forcing[-1].copy()
        for step in range(len(forcing) - 2, -1, -1):
            one = self.handles[step]
            one["dx"][:] = 0.0
            one["du"][:] = one["by_u"].T @ gradient
            one["scheme"].adjoint(SIZE)
            gathered = sum(np.roll(one["dx"][:, offset], offset) for offset in range(SIZE))
            gradient = one["by_x"].T @ gradient + gathered + forcing[step]
        return gradient


def ring(x: Floats) -> Floats:
    """Inputs (column, offset): X of each point and of those to its east."""
    return np.stack([np.roll(x, -offset) for offset in range(SIZE)], axis=1)


def resolved(x: torch.Tensor, subgrid: torch.Tensor) -> torch.Tensor:
    return SYSTEM.resolved_step(x, subgrid, STEP)


@dataclass
class Window:
    """What one assimilation knows: background, its covariance, and observations (time, observed) at ``steps``."""

    background: Floats
    covariance: Floats
    steps: NDArray[np.int64]
    observations: Floats

    def misfit(self, states: Floats) -> Floats:
        """Weighted departures as forcing of the adjoint: (step, X)."""
        forcing = np.zeros_like(states)
        for step, observation in zip(self.steps, self.observations, strict=True):
            forcing[step, OBSERVED] = (states[step, OBSERVED] - observation) / ERROR**2
        return forcing

    def cost(self, model: Forecast, x: Floats) -> float:
        states, away = model.run(x, int(self.steps[-1])), x - self.background
        departures = [states[step, OBSERVED] - one for step, one in zip(self.steps, self.observations, strict=True)]
        return 0.5 * float(away @ np.linalg.solve(self.covariance, away) + np.square(departures).sum() / ERROR**2)

    def gradient(self, model: Forecast, x: Floats) -> Floats:
        states = model.run(x, int(self.steps[-1]), linearize=True)
        return np.linalg.solve(self.covariance, x - self.background) + model.adjoint(self.misfit(states))

    def analysis(self, model: Forecast, outer: int = 3) -> Floats:
        """The minimum by Gauss-Newton: each inner problem by conjugate gradients, at a linearization that is kept."""
        x, last = self.background, int(self.steps[-1])

        def hessian(dx: Floats) -> Floats:
            states, forcing = model.tangent(dx, last), np.zeros((last + 1, SIZE))
            for step in self.steps:
                forcing[step, OBSERVED] = states[step, OBSERVED] / ERROR**2
            return np.linalg.solve(self.covariance, dx) + model.adjoint(forcing)

        for _ in range(outer):
            x = x - conjugate_gradients(hessian, self.gradient(model, x), SIZE)
        return x

    def three_dimensional(self, model: Forecast) -> Floats:
        """The state at the last observations by 3D-Var at the time of each, with a forecast between them."""
        gain_of = self.covariance[:, OBSERVED]
        gain = gain_of @ np.linalg.inv(gain_of[OBSERVED] + ERROR**2 * np.eye(len(OBSERVED)))
        x, before = self.background, 0
        for step, observation in zip(self.steps, self.observations, strict=True):
            x, before = model.run(x, int(step) - before)[-1], int(step)
            x = x + gain @ (observation - x[OBSERVED])
        return x


def conjugate_gradients(matrix: Callable[[Floats], Floats], right: Floats, iterations: int) -> Floats:
    found, residual = np.zeros_like(right), right.copy()
    direction = residual.copy()
    for _ in range(iterations):
        along = matrix(direction)
        size = (residual @ residual) / (direction @ along)
        found, before = found + size * direction, residual @ residual
        residual = residual - size * along
        direction = residual + (residual @ residual) / before * direction
    return found


@pytest.fixture(scope="module")
def truth() -> tuple[Floats, Floats]:
    """X and U of the two-tier system at each model step : (step, X)."""
    torch.manual_seed(1)
    x, y, found = (
        SYSTEM.forcing + torch.rand(SIZE, dtype=torch.float64),
        torch.zeros(SIZE, SYSTEM.small_per_sector, dtype=torch.float64),
        [],
    )
    per_step = round(STEP / TIME_STEP)
    for step in range(per_step * 2100):
        x, y, mean = SYSTEM.truth_step(x, y)
        if step % per_step == 0:
            found.append((x.numpy(), mean.numpy()))
    states, subgrid = (np.stack(part) for part in zip(*found, strict=True))
    return states[500:], subgrid[500:]


@pytest.fixture(scope="module")
def model(built_bridge: Path, truth: tuple[Floats, Floats], tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    """A small smooth network, fitted to the first half of the truth."""
    contract = Contract.from_yaml("lorenz96")
    contract = replace(contract, inputs=contract.inputs[:SIZE])
    states, subgrid = (part[:1000] for part in truth)
    inputs, outputs = np.concatenate([ring(x) for x in states]), subgrid.reshape(-1, 1)
    torch.manual_seed(2)
    scheme = TrainedScheme(contract, statistics(inputs), statistics(outputs), ModelConfig(hidden=[16, 16], activation="silu"), [], [])
    rows, wanted = torch.from_numpy(inputs).float(), torch.from_numpy(outputs).float()
    optimizer = torch.optim.Adam(scheme.parameters(), 1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(scheme(rows), wanted).backward()
        optimizer.step()
    path = tmp_path_factory.mktemp("lorenz96") / "scheme.pt"
    write_artefact(scheme.eval(), contract_manifest(contract, ""), path)
    return Forecast(Scheme(path, backend="native", strict=False))


def covariance(states: Floats, spread: float = SPREAD) -> Floats:
    return np.asarray(spread**2 * np.corrcoef(states.T))


def window(states: Floats, first: int, background: Floats, seed: int, spread: float = SPREAD) -> Window:
    steps = np.arange(EVERY, WINDOW + 1, EVERY)
    errors = np.random.default_rng([seed, first]).normal(0.0, ERROR, (len(steps), len(OBSERVED)))
    return Window(background, covariance(states, spread), steps, states[first + steps][:, OBSERVED] + errors)


def cycled(model: Forecast, states: Floats, seed: int, four: bool, windows: int = 25, spread: float = SPREAD) -> float:
    """Root mean square error of all X at the ends of the windows, without the first five."""
    first, errors = 1000, []
    x = states[first] + np.random.default_rng(seed).normal(0.0, SPREAD, SIZE)
    for _ in range(windows):
        one = window(states, first, x, seed, spread)
        x = model.run(one.analysis(model), WINDOW)[-1] if four else one.three_dimensional(model)
        first += WINDOW
        errors.append(np.sqrt(np.mean(np.square(x - states[first]))))
    return float(np.sqrt(np.mean(np.square(errors[5:]))))


def test_the_gradient_of_the_cost_is_that_of_differences(model: Forecast, truth: tuple[Floats, Floats]) -> None:
    states = truth[0]
    one = window(states, 1000, states[1000] + 0.5, seed=1)
    x, along = states[1000] + 0.3, np.random.default_rng(3).normal(size=SIZE)
    slope = float(one.gradient(model, x) @ along)
    differences = [(one.cost(model, x + h * along) - one.cost(model, x - h * along)) / (2 * h) for h in (1e-1, 1e-2)]
    assert abs(differences[1] / slope - 1) < 1e-3 and abs(differences[1] / slope - 1) < 0.1 * abs(differences[0] / slope - 1)


def test_four_dimensional_analyses_are_closer_to_the_truth_than_three_dimensional_ones(
    model: Forecast, truth: tuple[Floats, Floats]
) -> None:
    pairs = [(cycled(model, truth[0], seed, four=True), cycled(model, truth[0], seed, four=False)) for seed in (1, 2)]
    assert all(four < 0.9 * three for four, three in pairs) and max(three for _, three in pairs) < 4.0
