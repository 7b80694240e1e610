"""Heads: one number per output, a mean with its error, or quantiles. A host always gets one number."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn


class Deterministic(nn.Module):
    """One number per output."""

    parts = 1

    def __init__(self, n_out: int) -> None:
        super().__init__()
        self.n_out: int = n_out

    def forward(self, raw: Tensor) -> Tensor:
        return raw


class Heteroscedastic(nn.Module):
    """Mean and logarithm of the error variance of each output: Nix & Weigend (1994), Kendall & Gal (2017, NeurIPS).

    forward : (column, 2 n_out) -> the mean (column, n_out), of standardized outputs.
    """

    parts = 2

    def __init__(self, n_out: int) -> None:
        super().__init__()
        self.n_out: int = n_out

    def forward(self, raw: Tensor) -> Tensor:
        return raw[:, : self.n_out]

    def log_variance(self, raw: Tensor) -> Tensor:
        """Logarithm of the error variance of standardized outputs : (column, n_out)."""
        return raw[:, self.n_out :]


class Quantile(nn.Module):
    """The median, and the other quantiles by positive steps from it, so quantiles never cross.

    Koenker & Bassett (1978); steps as in Gasthaus et al. (2019, AISTATS). ``levels`` increase and include 0.5.
    forward : (column, levels * n_out) -> the median (column, n_out).
    """

    def __init__(self, n_out: int, levels: list[float]) -> None:
        super().__init__()
        self.n_out: int = n_out
        self.levels: list[float] = levels
        self.parts: int = len(levels)
        self.middle: int = levels.index(0.5)

    def forward(self, raw: Tensor) -> Tensor:
        return raw[:, self.middle * self.n_out : (self.middle + 1) * self.n_out]

    def quantiles(self, raw: Tensor) -> Tensor:
        """All quantiles of the standardized outputs, increasing : (column, level of probability, n_out)."""
        parts = raw.reshape(len(raw), self.parts, self.n_out)
        median = parts[:, self.middle : self.middle + 1]
        steps = nn.functional.softplus(parts)
        above = median + torch.cumsum(steps[:, self.middle + 1 :], dim=1)
        below = median - torch.flip(torch.cumsum(torch.flip(steps[:, : self.middle], [1]), dim=1), [1])
        return torch.cat([below, median, above], dim=1)


class HeadedNetwork(nn.Module):
    """A network with raw outputs (column, parts * n_out) and a head; forward returns the head's one number per output."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))
