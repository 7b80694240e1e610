"""Jacobians of a scheme by automatic differentiation."""

from __future__ import annotations

import copy
import logging

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

__all__ = ["gradients"]

_log = logging.getLogger(__name__)


def gradients(scheme: nn.Module, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """(column, n_out, n_in), contract units, at inputs : (column, n_in).

    Columns are independent, so one backward pass per output serves all of them. Computed in float64, or in float32 for
    TorchScript that does not run in float64 because of internal casts.
    """
    with torch.no_grad():  # makes the copied weights of a compiled module leaves
        exact = copy.deepcopy(scheme).double().eval()
    try:
        return _backward(exact, torch.from_numpy(np.asarray(inputs, dtype=np.float64)))
    except RuntimeError as error:
        if not isinstance(scheme, torch.jit.ScriptModule):
            raise
        _log.info("Jacobian computed in float32: the TorchScript does not run in float64 (%s)", str(error).strip().splitlines()[-1])
        return _backward(scheme, torch.from_numpy(np.asarray(inputs, dtype=np.float32)))


def _backward(scheme: nn.Module, x: torch.Tensor) -> NDArray[np.float64]:
    x = x.clone().requires_grad_(True)
    y = scheme(x)
    found = []
    for output in range(y.shape[1]):
        row = torch.autograd.grad(y[:, output].sum(), x, retain_graph=True, allow_unused=True)[0] if y.requires_grad else None
        found.append(np.zeros(x.shape) if row is None else row.double().numpy())
    return np.stack(found, axis=1)
