"""A learned time step: the increment of the state as a linear combination of features of the state."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from paramnet.testbeds.forecasting.features import Features
from paramnet.testbeds.forecasting.regression import Regression

BLOCK = 20  # records of which features are made at once


@dataclass
class Sites:
    """What a forecast of a variable sees. width : neighbours to each side on the ring, with one map for all points; None: one map of all
    variables. increments : how many of the last increments are inputs beside the state."""

    width: int | None = None
    increments: int = 0

    def split(self, state: Tensor) -> Tensor:
        """(row, variable) -> (row x site, input): each site's neighbourhood."""
        if self.width is None:
            return state
        parts = [state.roll(-offset, -1) for offset in range(-self.width, self.width + 1)]
        return torch.stack(parts, -1).flatten(0, 1)

    def targets(self, increment: Tensor) -> Tensor:
        """(row, variable) -> (row x site, output)."""
        return increment if self.width is None else increment.reshape(-1, 1)


class Model:
    """x(t + dt) = x(t) + s W f(x(t), ...), with features f of the standardised state and the scale s of increments."""

    def __init__(self, features: Features, sites: Sites, ridge: float, seed: int = 0) -> None:
        self.features, self.sites, self.ridge, self.seed = features, sites, ridge, seed
        self.weights = torch.zeros(0)
        self.noise = (0.0, 0.0)  # standard deviation, in scales of increments, and persistence

    @property
    def before(self) -> int:
        """States before the first that a forecast starts from."""
        return self.features.washout + self.sites.increments

    def learn(self, series: Tensor) -> Regression:
        """Reduce series : (time, member, variable) to a regression; ``solved`` makes models of it."""
        increments = series[1:] - series[:-1]
        whole = self.sites.width is None
        axes = (0, 1) if whole else (0, 1, 2)
        self.mean, self.std = series.mean(axes), series.std(axes)
        self.scale = increments.pow(2).mean(axes).sqrt()
        first = self.sites.increments
        moments = range(first, len(increments), max(1, len(increments) // 20))  # a sample of the inputs
        sample = torch.cat([self._inputs(series[time - first : time + 1]) for time in moments])
        count = self.features.prepare(sample, torch.Generator().manual_seed(self.seed))
        regression = Regression(count, series.shape[-1] if whole else 1)
        memory = self.features.start(len(self._inputs(series[: first + 1])))
        at_once = BLOCK if memory.shape[1] == 0 else 1  # without memory, time does not matter
        for begin in range(first, len(increments), at_once):
            end = min(begin + at_once, len(increments))
            recent = torch.stack([series[begin - back : end - back].flatten(0, 1) for back in range(first, -1, -1)])
            values, memory = self.features(self._inputs(recent), memory)
            if begin >= self.before:
                regression.add(values, self.sites.targets(increments[begin:end].flatten(0, 1) / self.scale))
        return regression

    def solved(self, regression: Regression, ridge: float) -> Model:
        """The model with the weights of a regularisation."""
        model = Model(self.features, replace(self.sites), ridge, self.seed)
        model.mean, model.std, model.scale = self.mean, self.std, self.scale
        model.weights = regression.solve(ridge)
        return model

    def forecast(self, history: Tensor, steps: int, seed: int = 0) -> Tensor:
        """States : (1 + steps, member, variable) from the last state of history : (time, member, variable), of ``before`` + 1 states.

        A member that overflows is infinite from then on.
        """
        first, states = self.sites.increments, list(history)
        memory = self.features.start(len(self._inputs(history[: first + 1])))
        for time in range(first, len(history) - 1):
            _, memory = self.features(self._inputs(history[time - first : time + 1]), memory)
        generator = torch.Generator().manual_seed(seed)
        deviation = torch.randn(history.shape[1:], generator=generator, dtype=history.dtype)
        found = states[-1:]
        for _ in range(steps):
            values, memory = self.features(self._inputs(torch.stack(states[-1 - first :])), memory)
            increment = self.scale * (values @ self.weights).reshape(found[-1].shape)
            if self.noise[0]:
                std, persistence = self.noise
                fresh = torch.randn(deviation.shape, generator=generator, dtype=deviation.dtype)
                deviation = persistence * deviation + (1 - persistence**2) ** 0.5 * fresh
                increment = increment + self.scale * std * deviation
            state = torch.nan_to_num(states[-1] + increment, nan=torch.inf)
            found.append(torch.where(state.abs().amax(-1, keepdim=True) < 1e6, state, torch.inf))
            states = [*states[-1 - first :], found[-1]]
        return torch.stack(found)

    def _inputs(self, recent: Tensor) -> Tensor:
        """Inputs : (row, input) of the last state and the increments to it."""
        state = [self.sites.split((recent[-1] - self.mean) / self.std)]
        for back in range(1, self.sites.increments + 1):
            state.append(self.sites.split((recent[-back] - recent[-back - 1]) / self.scale))
        return torch.nan_to_num(torch.cat(state, -1), nan=0.0, posinf=0.0, neginf=0.0)

    @property
    def cost(self) -> int:
        """Multiplications for one step of one site."""
        return self.features.cost + self.weights.numel()
