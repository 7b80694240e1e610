"""Predictive distribution of a scheme as equally likely outputs: members of an ensemble, or levels of a distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.scheme import Checkpoint

Floats = NDArray[np.float64]
LEVELS = (np.arange(15) + 0.5) / 15  # probabilities of a distribution's equally likely outputs


@dataclass(frozen=True)
class Predictive:
    """``outputs`` : (member, sample, n_out), contract units. ``drawn`` : True for members of an ensemble, False for levels."""

    outputs: tuple[Floats, ...]
    drawn: bool


@torch.inference_mode()
def predictive(checkpoint: Checkpoint, inputs: NDArray[np.float32]) -> Predictive | None:
    """Predictive distribution for inputs : (sample, n_in), contract units; None for a single deterministic network and for a
    stochastic one (``draws_of``).

    A heteroscedastic head is a normal distribution. The levels of a quantile head are interpolated linearly, without
    extrapolation. An ensemble is represented by the best estimates of its members.
    """
    scheme = checkpoint.scheme
    head, members = scheme.member_head, checkpoint.meta["model"].get("members", 1)
    if scheme.noise or (members == 1 and head.kind == "deterministic"):
        return None
    predicted, _ = scheme.with_logits(torch.from_numpy(inputs))
    values = predicted.numpy().astype(np.float64)
    if members > 1:
        best = [scheme.best(member[:, None]) for member in predicted.unbind(dim=1)]
        return Predictive(tuple(each.numpy().astype(np.float64) for each in best), drawn=True)
    if head.kind == "heteroscedastic":
        deviation = np.exp(0.5 * values[:, 1]) * checkpoint.statistics("outputs").std
        return Predictive(
            tuple(values[:, 0] + quantile * deviation for quantile in torch.special.ndtri(torch.from_numpy(LEVELS)).tolist()), drawn=False
        )
    return Predictive(tuple(_between(values, np.array(head.quantiles), level) for level in LEVELS), drawn=False)


def _between(values: Floats, levels: Floats, level: float) -> Floats:
    """The outputs at probability ``level`` of quantiles values : (sample, level, n_out)."""
    position = np.interp(level, levels, np.arange(len(levels)))
    low = min(int(position), len(levels) - 2)
    return values[:, low] + (position - low) * (values[:, low + 1] - values[:, low])
