"""The spectrum of a symmetric matrix of which only products with vectors are known: stochastic Lanczos quadrature.

For a random vector v of independent +-1, v'f(H)v is an unbiased estimate of tr f(H). Lanczos started at v gives nodes and weights with
which it is exact for polynomials of degree below twice the number of steps (Golub & Meurant 1994; Ubaru, Chen & Saad 2017, SIAM J.
Matrix Anal. Appl. 38, 1075). Densities of such spectra from products and unbiased moments: Adams et al. (2018, arXiv:1802.03451).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor


@dataclass(frozen=True)
class Quadrature:
    """``nodes``, ``weights`` : (probe, step), float64; the weights of a probe add up to 1. ``size`` : rows of the matrix."""

    nodes: Tensor
    weights: Tensor
    size: int

    def mean(self, function: Callable[[Tensor], Tensor]) -> tuple[float, float]:
        """tr f(H) / size, and its standard error over the probes. Unbiased for polynomials; exact nodes are not known for others."""
        of_probe = (self.weights * function(self.nodes)).sum(dim=1)
        return float(of_probe.mean()), float(of_probe.std() / len(of_probe) ** 0.5) if len(of_probe) > 1 else float("nan")

    def moments(self, count: int) -> list[tuple[float, float]]:
        """tr H^k / size and its standard error, k = 1 ... count, at most 2 x steps - 1."""
        return [self.mean(partial(torch.pow, exponent=power)) for power in range(1, count + 1)]

    def share_between(self, low: float, high: float) -> tuple[float, float]:
        """Share of the eigenvalues in [low, high), and its standard error over the probes."""
        return self.mean(lambda nodes: ((nodes >= low) & (nodes < high)).to(nodes.dtype))


def quadrature(
    product: Callable[[Tensor], Tensor], size: int, steps: int, probes: int, show: Callable[[int], None] = lambda done: None
) -> Quadrature:
    """Nodes and weights of ``probes`` seeded vectors. product : (size) -> (size), H v. ``show`` is called with the products done."""
    generator, nodes, weights = torch.Generator().manual_seed(0), [], []
    steps = min(steps, size)
    for probe in range(probes):
        start = torch.randint(2, (size,), generator=generator) * 2.0 - 1.0
        tridiagonal = _lanczos(product, start, steps, probe * steps, show)
        values, vectors = torch.linalg.eigh(tridiagonal)
        missing = steps - len(values)  # of an invariant subspace: the last node again, without weight
        nodes.append(torch.cat([values, values[-1:].expand(missing)]))
        weights.append(torch.nn.functional.pad(vectors[0] ** 2, (0, missing)))
    return Quadrature(torch.stack(nodes), torch.stack(weights), size)


def _lanczos(product: Callable[[Tensor], Tensor], start: Tensor, steps: int, done: int, show: Callable[[int], None]) -> Tensor:
    """The tridiagonal matrix, float64, of at most ``steps`` rows; every vector is made orthogonal to all before it, twice.

    done : products before, for ``show``.
    """
    basis = (start / start.norm())[None]
    diagonal: list[float] = []
    beside: list[float] = []
    for step in range(1, steps + 1):
        new = product(basis[-1])
        diagonal.append(float(new.double() @ basis[-1].double()))
        for _ in range(2):
            new = new - basis.T @ (basis @ new)
        length = float(new.norm())
        show(done + step)
        if step == steps or length < 1e-6 * max(map(abs, diagonal)):
            break
        beside.append(length)
        basis = torch.cat([basis, new[None] / length])
    matrix = torch.diag(torch.tensor(diagonal, dtype=torch.float64))
    for place, value in enumerate(beside):
        matrix[place, place + 1] = matrix[place + 1, place] = value
    return matrix
