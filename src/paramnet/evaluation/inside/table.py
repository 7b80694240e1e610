"""``skill["network"]``: what a checkpoint's network is like inside, on the first samples of the split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.evaluation.candidate import Candidate
from paramnet.evaluation.inside.hessian import hessian_table
from paramnet.evaluation.inside.kinks import kinks_table
from paramnet.evaluation.inside.laziness import laziness_table, start_of
from paramnet.evaluation.inside.modules import modules_table
from paramnet.evaluation.judge import Judge
from paramnet.exporting.gradients import gradients
from paramnet.scheme import Checkpoint
from paramnet.scheme.inside import Unbounded, lipschitz_bound
from paramnet.scheme.networks import HeadedNetwork, MultilayerPerceptron

COLUMNS = 64  # of the Jacobian's spectrum


def network_table(
    candidate: Candidate, judge: Judge, inputs: NDArray[Any], outputs: NDArray[Any], steps: int, probes: int, show: Callable[[int], None]
) -> dict[str, Any]:
    """Jacobian, Hessian, laziness, kinks and modules; ``not_applicable`` with a reason for the parts that a network does not have.

    inputs : (sample, n_in), outputs : (sample, n_out), of the split, contract units. ``steps``, ``probes`` : of Lanczos. ``show`` is called
    with the products of the Hessian done.
    """
    if reason := _why_not(candidate):
        return {"not_applicable": reason}
    assert candidate.checkpoint is not None
    scheme = candidate.checkpoint.scheme
    with torch.no_grad():
        z = scheme.prepare(torch.from_numpy(np.asarray(inputs, dtype=np.float32)))
        live = scheme.denormalizer.std > 0
        spread = torch.where(live, scheme.denormalizer.std, torch.ones_like(scheme.denormalizer.std))
        truth = (torch.from_numpy(np.asarray(outputs, dtype=np.float32)) - scheme.denormalizer.offset) / spread
    network = scheme.network
    body = network.body if isinstance(network, HeadedNetwork) else network
    found: dict[str, Any] = {
        "samples": len(z),
        "jacobian": jacobian_spectrum(network, z[:COLUMNS]),
        "hessian": hessian_table(network, z, truth, live, steps, probes, show),
        "laziness": _laziness(candidate.checkpoint, z, truth, live),
        "kinks": kinks_table(judge, scheme),
    }
    if isinstance(body, MultilayerPerceptron) and len(body.trunk) > 2:
        repeated = live.repeat(_parts(body, z) // len(live))
        return {**found, "interaction": modules_table(body, judge.contract, z, repeated)}
    return {**found, "interaction": {"not_applicable": "the network is no perceptron of two or more hidden layers"}}


def _why_not(candidate: Candidate) -> str:
    if candidate.checkpoint is None:
        return "a scheme.pt does not say how its network was trained: evaluate its checkpoint"
    return "the network takes random numbers or keeps a memory" if candidate.random_numbers or candidate.memory else ""


@torch.no_grad()
def _parts(body: MultilayerPerceptron, z: torch.Tensor) -> int:
    return body(z[:1]).shape[1]


def jacobian_spectrum(network: torch.nn.Module, z: torch.Tensor) -> dict[str, Any]:
    """Singular values of the network's Jacobian at columns z, standardized: median and 95th percentile of each, largest first.

    ``directions`` : (sum s²)² / sum s⁴, the number of directions in which the network responds; median. ``lipschitz_bound`` : what the
    weights allow at most, or null.
    """
    values = np.linalg.svd(gradients(network, z.numpy()), compute_uv=False)
    squares = values**2
    directions = np.square(squares.sum(axis=1)) / np.maximum(np.square(squares).sum(axis=1), 1e-30)
    try:
        bound: float | None = lipschitz_bound(network)
    except Unbounded:
        bound = None
    return {
        "columns": len(values),
        "median": np.median(values, axis=0).tolist(),
        "p95": np.quantile(values, 0.95, axis=0).tolist(),
        "largest": float(values.max()),
        "directions": float(np.median(directions)),
        "lipschitz_bound": bound,
    }


def _laziness(checkpoint: Checkpoint, z: torch.Tensor, truth: torch.Tensor, live: torch.Tensor) -> dict[str, Any]:
    start = start_of(checkpoint)
    if start is None:
        return {"not_applicable": "training did not start from random weights"}
    return laziness_table(start, checkpoint.scheme.network, z, truth, live)
