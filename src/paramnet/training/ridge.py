"""Ridge regression in closed form, from float64 normal equations summed in one pass over the data."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.scheme.networks import LinearNetwork
from paramnet.scheme.scheme import Scheme
from paramnet.training.data import Batch


def normal_equations(scheme: Scheme, batches: Iterable[Batch]) -> tuple[Tensor, Tensor, int]:
    """X'X : (width + 1, width + 1), X'Z : (width + 1, n_out) in float64, and the sample count.

    X are the scheme's prepared inputs with a column of ones; Z are its targets, standardized by the inverse of the denormalizer.
    """
    double = scheme.double()
    std = double.denormalizer.std
    inverse = torch.where(std > 0, 1.0 / std, torch.zeros_like(std))
    gram = cross = None
    count = 0
    for batch in batches:
        x = double.prepare(batch.inputs.double())
        x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
        z = (batch.outputs.double() - double.denormalizer.offset) * inverse
        gram = x.T @ x if gram is None else gram + x.T @ x
        cross = x.T @ z if cross is None else cross + x.T @ z
        count += len(x)
    if gram is None or cross is None:
        raise ParamnetError("linear fit", expected="samples in the training split", got="none", remedy="preprocess with other `splits`")
    return gram, cross, count


@torch.no_grad()
def fit_ridge(scheme: Scheme, batches: Iterable[Batch], ridge: float) -> None:
    """Set the weights of a linear scheme to minimize the mean squared error + ``ridge`` |W|2 (bias not penalized).

    ``ridge`` is relative to the unit variance of standardized inputs; with ``ridge`` 0 the solution for collinear inputs is that
    of minimum norm. Raises ParamnetError for a scheme whose network is not linear.
    """
    if not isinstance(scheme.network, LinearNetwork):
        raise ParamnetError("linear fit", expected="a linear network", got=type(scheme.network).__name__, remedy="set model=linear")
    gram, cross, count = normal_equations(scheme, batches)
    penalty = torch.full((len(gram),), ridge * count, dtype=torch.float64)
    penalty[-1] = 0.0
    solution = np.linalg.lstsq((gram + torch.diag(penalty)).numpy() / count, cross.numpy() / count, rcond=1e-13)[0]
    weights = torch.from_numpy(solution)
    scheme.network.linear.weight.copy_(weights[:-1].T)
    scheme.network.linear.bias.copy_(weights[-1])
    scheme.float()
