"""Which directions of a layer matter: those in which its activations vary and its outputs depend on them.

The local interaction basis of Bushnaq et al. (2024, arXiv:2405.10928): activations h of one layer with covariance G, and the mean of
J'J for the Jacobian J of the outputs by h, M. To first order, leaving out a part r of h changes the outputs by tr(M <r r'>) in mean square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

TINY = 1e-10  # of the largest variance: what is below depends linearly on the other units


@dataclass(frozen=True)
class Interaction:
    """``mean`` : (unit), ``covariance`` and ``gradients`` (mean of J'J) : (unit, unit), of one layer, float64, dimensionless."""

    mean: Tensor
    covariance: Tensor
    gradients: Tensor

    @property
    def total(self) -> float:
        """Mean square of the outputs' change, to first order, if the layer were constant."""
        return float((self.gradients * self.covariance).sum())

    def of_units(self, kept: Sequence[int], replaced: Tensor) -> Interaction:
        """The layer of the kept units alone, if the others follow from them by ``replaced`` : (unit, kept)."""
        rows = torch.as_tensor(kept)
        return Interaction(self.mean[rows], self.covariance[rows][:, rows], replaced.T @ self.gradients @ replaced)


def kept_units(layer: Interaction, allowed: float) -> tuple[list[int], Tensor]:
    """The fewest units, chosen one after the other, from which the others follow by regression with an error of at most ``allowed``.

    Units that fire together, and have the same inputs up to a factor, are one. Returns the units, in order, and the regression of all
    units on them : (unit, kept). Pivoted Cholesky factorization of the covariance, in which the next unit is the one that
    reduces tr(M R) most, R the covariance of what is left.
    """
    left, weighted = layer.covariance.clone(), layer.gradients @ layer.covariance
    floor = TINY * float(left.diagonal().max())
    chosen: list[int] = []
    while float(weighted.diagonal().sum()) > allowed and len(chosen) < len(left):
        variance = left.diagonal()
        gain = torch.where(variance > floor, (left * weighted).sum(dim=0) / variance.clamp(min=floor), -torch.inf)
        best = int(gain.argmax())
        if not torch.isfinite(gain[best]):
            break
        row, scale = left[best].clone(), float(variance[best])
        left -= torch.outer(row, row) / scale
        weighted -= torch.outer(weighted[:, best].clone(), row) / scale
        chosen.append(best)
    kept = sorted(chosen) or [int(layer.covariance.diagonal().argmax())]
    own = layer.covariance[kept][:, kept]
    ridge = TINY * own.diagonal().max().clamp(min=1e-30) * torch.eye(len(kept), dtype=own.dtype)
    return kept, torch.linalg.solve(own + ridge, layer.covariance[kept]).T


@dataclass(frozen=True)
class Directions:
    """h = mean + back (to (h - mean)), exactly with all directions. ``importance`` : mean square of the outputs that each carries,
    decreasing; to : (direction, unit), back : (unit, direction)."""

    importance: Tensor
    to: Tensor
    back: Tensor

    def first(self, rank: int) -> Directions:
        """The most important ones."""
        return Directions(self.importance[:rank], self.to[:rank], self.back[:, :rank])

    def needed(self, allowed: float) -> int:
        """How many must be kept, at least one, for an error of at most ``allowed``."""
        beyond = self.importance.flip(0).cumsum(0).flip(0)
        return max(1, int((beyond > allowed).sum()))


def directions(layer: Interaction) -> Directions:
    """The interaction basis: directions in which activations are uncorrelated, of unit variance, and J'J is diagonal."""
    variance, axes = torch.linalg.eigh(layer.covariance)
    live = variance > TINY * variance.max()
    root, axes = variance[live].sqrt(), axes[:, live]
    importance, turned = torch.linalg.eigh((root[:, None] * (axes.T @ layer.gradients @ axes)) * root)
    back = (axes * root) @ turned.flip(1)
    return Directions(importance.flip(0).clamp(min=0), ((axes / root) @ turned.flip(1)).T, back)


def measured(
    network: nn.Module,
    z: Tensor,
    layers: Sequence[nn.Module],
    live: Tensor,
    probes: int,
    show: Callable[[int], None] = lambda done: None,
) -> tuple[list[Interaction], float]:
    """Interactions of the inputs and of the outputs of each call of ``layers`` : modules; and the variance of the network's outputs.

    z : (sample, n_in), standardized; live : (n_out), outputs that count. J'J is the mean of (J'v)(J'v)' over normal vectors v,
    ``probes`` per sample, which is unbiased. ``show`` is called with the number of samples done.
    """
    generator, sums = torch.Generator().manual_seed(0), _Sums()
    for batch in z.split(1024):
        x = batch.clone().requires_grad_(True)
        with outputs_of(layers) as values:
            y = network(x) * live
        found = [x, *values]
        cotangents = [torch.randn(y.shape, generator=generator) for _ in range(probes)]
        slopes = [torch.autograd.grad(y, found, v, retain_graph=True) for v in cotangents]
        sums.add(
            [part.detach().double() for part in (*found, y)], [[s.double() for s in per_layer] for per_layer in zip(*slopes, strict=True)]
        )
        show(sums.count)
    return sums.interactions(probes)


@contextmanager
def outputs_of(layers: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """What the layers return, in the order of their calls."""
    values: list[Tensor] = []
    hooks = [layer.register_forward_hook(lambda *call: values.append(call[2])) for layer in layers]
    try:
        yield values
    finally:
        for hook in hooks:
            hook.remove()


class _Sums:
    """Sums over samples, in float64."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Tensor] = []
        self.second: list[Tensor] = []
        self.gradients: list[Tensor] = []

    def add(self, values: list[Tensor], slopes: list[list[Tensor]]) -> None:
        """values : of each layer and of the outputs, (sample, unit); slopes : J'v of each layer, for each probe."""
        new: list[list[Tensor]] = [
            [part.sum(dim=0) for part in values],
            [part.T @ part for part in values],
            [torch.stack([s.T @ s for s in part]).sum(dim=0) for part in slopes],
        ]
        for name, sums in zip(("first", "second", "gradients"), new, strict=True):
            old = getattr(self, name)
            setattr(self, name, [a + b for a, b in zip(old, sums, strict=True)] if old else sums)
        self.count += len(values[0])

    def interactions(self, probes: int) -> tuple[list[Interaction], float]:
        means = [part / self.count for part in self.first]
        covariances = [part / self.count - torch.outer(mean, mean) for part, mean in zip(self.second, means, strict=True)]
        gradients = [part / (self.count * probes) for part in self.gradients]
        made = [Interaction(*each) for each in zip(means, covariances, gradients, strict=False)]
        return made, float(covariances[-1].trace())
