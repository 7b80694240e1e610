"""Regularised least squares in float64 by orthogonal factors, so that small residuals keep their digits."""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 8192  # rows that are reduced at once


class Regression:
    """Rows of features and targets, reduced to a triangle as they come; ``solve`` gives the weights for any regularisation.

    The triangle R of the QR factors of [features, targets] has all that least squares needs, with the condition of the features, not
    of their products.
    """

    def __init__(self, features: int, targets: int) -> None:
        self.features, self.rows = features, 0
        self.triangle = torch.zeros(0, features + targets, dtype=torch.float64)
        self.waiting: list[Tensor] = []

    def add(self, features: Tensor, targets: Tensor) -> None:
        """features : (row, feature), targets : (row, target)."""
        self.waiting.append(torch.cat([features, targets], 1))
        self.rows += len(features)
        if sum(map(len, self.waiting)) >= CHUNK:
            self._reduce()

    def _reduce(self) -> None:
        self.triangle = torch.linalg.qr(torch.cat([self.triangle, *self.waiting]), mode="r").R
        self.waiting = []

    def solve(self, ridge: float) -> Tensor:
        """The weights W : (feature, target) that minimise |features W - targets|² / rows + ridge |W|²."""
        if self.waiting:
            self._reduce()
        penalty = torch.eye(self.features, dtype=torch.float64) * (ridge * self.rows) ** 0.5
        left = torch.cat([self.triangle[:, : self.features], penalty])
        right = torch.cat([self.triangle[:, self.features :], penalty.new_zeros(self.features, self.triangle.shape[1] - self.features)])
        orthogonal, upper = torch.linalg.qr(left)
        return torch.linalg.solve_triangular(upper, orthogonal.T @ right, upper=True)
