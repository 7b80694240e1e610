"""How lazy was training? The trained network beside its first-order expansion at the start."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from paramnet.scheme import Checkpoint
from paramnet.scheme.adapters import merge
from paramnet.scheme.checkpoint import build_scheme


def start_of(checkpoint: Checkpoint) -> nn.Module | None:
    """The network before training, made again from the seed, with plain weights; None for one that did not start at random."""
    if checkpoint.meta.get("base") or checkpoint.meta["model"]["kind"] == "linear" or "seed" not in checkpoint.meta["training"]:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(checkpoint.meta["training"]["seed"])
        network: nn.Module = build_scheme(checkpoint.meta).network
    merge(network)
    return network.eval()


def laziness_table(start: nn.Module, network: nn.Module, z: Tensor, truth: Tensor, live: Tensor) -> dict[str, Any]:
    """The expansion f(z; w0) + df/dw (w - w0) of Lee et al. (2019, NeurIPS, arXiv:1902.06720) against the network f(z; w).

    ``explained`` : 1 - <|f - expansion|²> / <|f - f(w0)|²>, 1 for a network that is its expansion (lazy training), 0 or below for one that
    has left it. ``weights_moved`` : |w - w0| / |w0|. ``error_...`` : mean squared errors of trained, expanded and first network, as
    shares of the variance. z : (sample, n_in), truth : (sample, n_out), standardized.
    """
    first = {name: weight.detach() for name, weight in start.named_parameters()}
    moved = {name: weight.detach() - first[name] for name, weight in network.named_parameters()}
    pair: tuple[Tensor, Tensor] = torch.func.jvp(lambda weights: torch.func.functional_call(start, weights, (z,)), (first,), (moved,))  # type: ignore[assignment]
    before, change = pair
    with torch.no_grad():
        after = network(z)
        expanded = before + change
        total = float(_mean_square(after - before, live))
        variance = float(_mean_square(truth - truth.mean(dim=0), live))
        size = sum(float(weight.square().sum()) for weight in first.values())
        return {
            "samples": len(z),
            "explained": 1.0 - float(_mean_square(after - expanded, live)) / total if total > 0 else float("nan"),
            "weights_moved": (sum(float(weight.square().sum()) for weight in moved.values()) / size) ** 0.5,
            **{
                f"error_{name}": float(_mean_square(outputs - truth, live)) / variance
                for name, outputs in (("trained", after), ("expanded", expanded), ("first", before))
            },
        }


def _mean_square(values: Tensor, live: Tensor) -> Tensor:
    return values[:, live].square().mean()
