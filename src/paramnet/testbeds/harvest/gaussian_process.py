"""A Gaussian process of one variable, whose uncertainty grows away from the data (Rasmussen & Williams 2006, ch. 2 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from paramnet.testbeds.harvest.population import Array

LENGTHS = (1.0, 2.0, 4.0)
AMPLITUDES = (0.1, 0.2, 0.4)
NOISES = (0.025, 0.05, 0.1, 0.2)


@dataclass
class GaussianProcess:
    """log(x' / s) of the stock s, with mean 0 and covariance a² exp(-(s - s')² / 2 l²), seen with noise.

    Away from the data, a population is expected to replace itself and no more.
    """

    stock: Array
    after: Array
    length: float
    amplitude: float
    noise: float

    def __post_init__(self) -> None:
        own = self._covariance(self.stock, self.stock) + self.noise**2 * np.eye(len(self.stock))
        self.factor = np.linalg.cholesky(own)
        self.whitened = np.linalg.solve(self.factor, np.log(self.after / self.stock))

    def _covariance(self, one: Array, other: Array) -> Array:
        return np.asarray(self.amplitude**2 * np.exp(-((one[:, None] - other[None]) ** 2) / (2 * self.length**2)))

    @property
    def log_likelihood(self) -> float:
        """Logarithm of the density of the data."""
        return float(-0.5 * (self.whitened**2).sum() - np.log(np.diag(self.factor)).sum() - 0.5 * len(self.stock) * np.log(2 * np.pi))

    def predict(self, stock: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of log(x' / s) at each stock : (place)."""
        across = np.linalg.solve(self.factor, self._covariance(self.stock, stock))
        variance = self.amplitude**2 - (across**2).sum(0) + self.noise**2
        return across.T @ self.whitened, np.sqrt(np.maximum(variance, 1e-12))


def fit_gaussian_process(stock: Array, after: Array) -> GaussianProcess:
    """The process whose length, amplitude and noise make the data most likely."""
    choices = (GaussianProcess(stock, after, *one) for one in product(LENGTHS, AMPLITUDES, NOISES))
    return max(choices, key=lambda one: one.log_likelihood)
