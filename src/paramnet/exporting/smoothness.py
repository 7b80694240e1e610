"""``manifest["smoothness"]``: how steep a network can be, how steep it is at real columns, and how many kinks are near them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.exporting.gradients import gradients
from paramnet.noise import standard_normal
from paramnet.scheme import Scheme
from paramnet.scheme.inside import Unbounded, kinks_met, lipschitz_bound

COLUMNS = 256
STEP = 0.1  # standard deviations of each input


@torch.no_grad()
def standardized(scheme: Scheme, inputs: NDArray[Any]) -> torch.Tensor:
    """Inputs of the network : (column, n), with zeros for memory and random numbers, for inputs (column, n_in) in contract units."""
    z = scheme.prepare(torch.from_numpy(np.asarray(inputs, dtype=np.float32)))
    return torch.cat([z, z.new_zeros(len(z), scheme.memory + scheme.noise)], dim=1)


def smoothness(scheme: Scheme, inputs: NDArray[Any]) -> dict[str, Any]:
    """Slopes of the network in standardized units, and kinks. inputs : (column, n_in), real columns; the first ``COLUMNS`` are used.

    ``lipschitz_bound`` holds for every input (see ``scheme.inside.lipschitz``); null with a ``reason`` where none is known.
    ``largest_slope``, ``median_slope`` : largest singular value of the Jacobian, largest and median over the columns.
    ``kinks_per_column`` : of ``units`` with a kink, the mean number that change side with normal noise of ``step`` standard deviations
    on each input.
    """
    z = standardized(scheme, inputs[:COLUMNS])
    steepest = np.linalg.norm(gradients(scheme.network, z.numpy()), 2, axis=(1, 2))
    shown = torch.nn.functional.pad(scheme.shown(), (0, z.shape[1] - len(scheme.shown())))
    noise = torch.from_numpy(standard_normal(0, 0, 0, np.arange(len(z)), z.shape[1])).to(z.dtype)
    kinks, units = kinks_met(scheme.network, z, STEP * noise * shown)
    found = {
        "largest_slope": float(steepest.max()),
        "median_slope": float(np.median(steepest)),
        "columns": len(z),
        **({"units": units, "step": STEP, "kinks_per_column": kinks} if units else {"units": 0}),
    }
    try:
        return {"lipschitz_bound": lipschitz_bound(scheme.network), **found}
    except Unbounded as error:
        return {"lipschitz_bound": None, "reason": f"no bound is known for {error}", **found}
