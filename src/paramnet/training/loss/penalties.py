"""Penalties per output: one small class per loss, with the heads it applies to.

All take ``predicted`` as its head returns it (see ``architectures.Head``), ``target`` : (sample, n_out), both in contract units,
and ``scale`` : (sample, n_out), which makes errors dimensionless. All return (sample, n_out). ``spread`` : (n_out) is the
standard deviation of each output in the training data, contract units, 1 for a constant output.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.scheme.networks.head import Head

LOG_VARIANCE_LIMIT = 15.0  # bounds the predicted variance to e^+-15 times that of the output


class SquaredError(nn.Module):
    """((x - y) s)^2."""

    heads = ("deterministic",)
    power = 2

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        error = (predicted - target) * scale
        return error * error


class VelocityError(SquaredError):
    """The same for the velocity of a flow."""

    heads = ("flow",)


class AbsoluteError(nn.Module):
    """|x - y| s."""

    heads = ("deterministic",)
    power = 1

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        return (predicted - target).abs() * scale


class Huber(nn.Module):
    """e^2 for e = |x - y| s < delta, delta (2 e - delta) otherwise: twice the loss of Huber (1964), equal to mse for small e."""

    heads = ("deterministic",)
    power = 2

    def __init__(self, delta: float) -> None:
        super().__init__()
        self.delta = delta

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        error = (predicted - target).abs() * scale
        return torch.where(error < self.delta, error * error, self.delta * (2.0 * error - self.delta))


class Pinball(nn.Module):
    """Mean over levels t of 2 max(t e, (t - 1) e), e = (y - q_t) s (Koenker & Bassett 1978).

    With the factor 2 it is |e| for the median, and the CRPS in the limit of many evenly spaced levels.
    """

    heads = ("quantile",)
    power = 1
    levels: Tensor

    def __init__(self, quantiles: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("levels", torch.tensor(quantiles)[:, None])

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        error = (target[:, None] - predicted) * scale[:, None]
        return 2.0 * torch.maximum(self.levels * error, (self.levels - 1.0) * error).mean(dim=1)


class EnsembleCrps(nn.Module):
    """mean_j |x_j - y| s - (1 - f) mean_{j,k} |x_j - x_k| s / 2 over distinct pairs, f = (1 - fairness) / m.

    ``fairness`` 1 is the fair CRPS (Ferro 2014), whose optimum does not depend on the number m of members. 0 is the CRPS of the
    empirical distribution of the m members. Values between give the almost fair CRPS (Lang et al. 2024), with a gradient for
    every member.

    ``energy_share`` g mixes in the energy score (Gneiting & Raftery 2007), the same with the norm of all outputs s x / sqrt(n_out) in place
    of |.|, which judges how outputs vary together: (1 - g) crps + g score, the score alike for every output.
    """

    heads = ("ensemble",)
    power = 1

    def __init__(self, fairness: float, energy_share: float = 0.0) -> None:
        super().__init__()
        self.fairness, self.energy_share = fairness, energy_share

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        by_output = self._score(predicted, target, torch.abs) * scale
        if self.energy_share == 0:
            return by_output
        scaled = scale / scale.shape[1] ** 0.5
        together = self._score(predicted * scaled[:, None], target * scaled, lambda x: torch.linalg.vector_norm(x, dim=2, keepdim=True))
        return (1.0 - self.energy_share) * by_output + self.energy_share * together

    def _score(self, predicted: Tensor, target: Tensor, size: Callable[[Tensor], Tensor]) -> Tensor:
        members = predicted.shape[1]
        error = size(predicted - target[:, None]).mean(dim=1)
        spread = torch.zeros_like(error)
        for shift in range(1, members):  # each pair twice, no member with itself
            spread = spread + size(predicted - predicted.roll(shift, dims=1)).mean(dim=1)
        return error - 0.5 * (1.0 - (1.0 - self.fairness) / members) * spread / (members - 1)


class GaussianLikelihood(nn.Module):
    """(spread s)^2 (v + e^2 exp(-v)), e = (x - y) / spread, v the log variance: twice the negative log likelihood.

    1 for a climatological mean and variance, like the squared error. It is multiplied by the predicted variance to the power
    ``beta``, without gradient, so that columns that are hard to predict are learned too (Seitzer et al. 2022; 0: plain
    likelihood).
    """

    heads = ("heteroscedastic",)
    power = 2
    spread: Tensor

    def __init__(self, spread: Tensor, beta: float) -> None:
        super().__init__()
        self.register_buffer("spread", spread)
        self.beta = beta

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        error = (predicted[:, 0] - target) / self.spread
        logarithm = torch.clamp(predicted[:, 1], -LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        likelihood = logarithm + error * error * torch.exp(-logarithm)
        if self.beta > 0:
            likelihood = likelihood * torch.exp(self.beta * logarithm.detach())
        return (self.spread * scale) ** 2 * likelihood


class GaussianCrps(nn.Module):
    """s sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), z = (y - x) / sigma (Gneiting et al. 2005, eq. 5)."""

    heads = ("heteroscedastic",)
    power = 1
    spread: Tensor

    def __init__(self, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("spread", spread)

    def forward(self, predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
        logarithm = torch.clamp(predicted[:, 1], -LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        sigma = self.spread * torch.exp(0.5 * logarithm)
        z = (target - predicted[:, 0]) / sigma
        density = torch.exp(-0.5 * z * z) * math.sqrt(2.0 / math.pi)
        return scale * sigma * (z * torch.erf(z * math.sqrt(0.5)) + density - 1.0 / math.sqrt(math.pi))


def require_head(kind: str, heads: tuple[str, ...], head: Head) -> None:
    """Raise ParamnetError unless a loss applies to this head."""
    if head.kind not in heads:
        raise ParamnetError(
            f"loss.kind {kind}",
            expected=f"a model with head {' or '.join(heads)}",
            got=head.kind,
            remedy=f"choose loss.kind {LOSSES_OF_HEAD[head.kind]}, or another head",
        )


LOSSES_OF_HEAD = {
    "deterministic": "mse, mae or huber",
    "heteroscedastic": "gaussian_nll or gaussian_crps",
    "quantile": "pinball",
    "ensemble": "crps",
    "flow": "flow_matching or crps",
}
