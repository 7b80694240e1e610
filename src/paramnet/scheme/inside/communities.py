"""Modules of a network: groups of directions of adjacent layers that act on each other more than on the rest."""

from __future__ import annotations

import torch
from torch import Tensor


def modules_of(weights: Tensor) -> list[list[int]]:
    """Groups of nodes with the largest modularity found, by repeated division along the leading eigenvector, largest group first.

    weights : (node, node), symmetric, not negative. Newman (2006, PNAS 103, 8577).
    """
    degree, total = weights.sum(dim=0), float(weights.sum())
    if total <= 0:
        return [list(range(len(weights)))]
    excess = weights - torch.outer(degree, degree) / total
    waiting, found = [torch.arange(len(weights))], []
    while waiting:
        group = waiting.pop()
        own = excess[group][:, group]
        own = own - torch.diag(own.sum(dim=1))
        side = torch.linalg.eigh(own)[1][:, -1] > 0
        sign = torch.where(side, 1.0, -1.0).to(own.dtype)
        if 0 < int(side.sum()) < len(group) and float(sign @ own @ sign) > 1e-9 * total:
            waiting += [group[side], group[~side]]
        else:
            found.append(group.tolist())
    return sorted(found, key=len, reverse=True)


def modularity(weights: Tensor, modules: list[list[int]]) -> float:
    """Share of the weight inside modules minus that expected from the nodes' degrees: 0 for none, at most 1."""
    degree, total = weights.sum(dim=0), float(weights.sum())
    inside = sum(float(weights[group][:, group].sum()) - float(degree[group].sum()) ** 2 / total for group in modules)
    return inside / total if total > 0 else 0.0
