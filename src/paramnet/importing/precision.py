"""TorchScript of a precision other than float32: converted to float32 if its results allow, else called in its own precision."""

from __future__ import annotations

import logging

import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError

_log = logging.getLogger(__name__)
# Largest rms difference from the float32 version, in standard deviations of an output; half precision has rounding errors of that size.
_BOUND = {torch.float64: 3e-5}
_HALF = 0.1


class InPrecision(nn.Module):
    """A module called in its own precision : (column, n_in) -> (column, n_out), float32 at its interface."""

    def __init__(self, module: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.module = module
        self.dtype: torch.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        return self.module(x.to(self.dtype)).to(x.dtype)


def parameter_type(module: nn.Module) -> torch.dtype:
    """The floating-point type of a module's parameters and buffers; float32 if it has none."""
    found = {tensor.dtype for tensor in (*module.parameters(), *module.buffers()) if tensor.is_floating_point()}
    if len(found) > 1:
        raise ParamnetError("network", expected="parameters of one type", got=", ".join(sorted(map(str, found))))
    return found.pop() if found else torch.float32


def in_float32(module: nn.Module, single: nn.Module, probes: Tensor, where: str) -> nn.Module:
    """The module in float32, or in its own precision behind casts if float32 would change its results.

    module : (column, n_in) -> (column, n_out), as in the file. single : the same with its parameters in float32.
    probes : (column, n_in), float32, inputs of the network.
    """
    own = parameter_type(module)
    if own == torch.float32:
        return module
    difference = _difference(single, module, probes)
    if difference <= _BOUND.get(own, _HALF):
        _log.warning("%s: parameters converted from %s to float32 (%.1e standard deviations of an output)", where, own, difference)
        return single
    _log.warning("%s: parameters remain %s, so the scheme has no program for the native kernel", where, own)
    return InPrecision(module, own)


@torch.inference_mode()
def _difference(single: nn.Module, module: nn.Module, probes: Tensor) -> float:
    """Largest rms difference of an output in its standard deviations; infinite if the float32 version fails."""
    try:
        got = single(probes.float()).double()
    except RuntimeError:  # a cast baked in by tracing
        return float("inf")
    exact = module(probes.to(parameter_type(module))).double()
    if got.shape != exact.shape or not torch.isfinite(got).all():
        return float("inf")
    spread = exact.std(dim=0)
    return float(((got - exact).square().mean(dim=0).sqrt() / torch.where(spread > 0, spread, torch.ones_like(spread))).amax())
