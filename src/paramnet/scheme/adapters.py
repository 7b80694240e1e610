"""Adapters: a few trained weights added to a trained network, whose own weights stay fixed.

Each is a parametrization of a weight W: the network computes with W + change(adapter weights), where the change is zero at the
start. After training the change is merged into W, and the adapter is removed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from paramnet.contract import ParamnetError
from paramnet.scheme.adapter_config import AdapterConfig, Lora
from paramnet.scheme.adapter_config import Subspace as SubspaceConfig

__all__ = ["merge", "take_over", "trained_weights"]

NONZEROS = 4  # of each weight's row in the random projection of ``Subspace``


class LowRank(nn.Module):
    """W + alpha / rank B A, with B : (out, rank), initially zero, and A : (rank, in). Hu et al. (2021), arXiv:2106.09685, eq. 3."""

    def __init__(self, weight: Tensor, config: Lora, generator: torch.Generator) -> None:
        super().__init__()
        rank = min(config.rank, *weight.shape)
        self.factor = config.alpha / rank
        self.a = nn.Parameter(torch.randn(rank, weight.shape[1], generator=generator) / math.sqrt(weight.shape[1]))
        self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.factor * self.b @ self.a


class Tucker(nn.Module):
    """W + core x1 U x2 V, with W : (out, in, kernel) and core : (rank, rank, kernel), initially zero; U and V start orthonormal.

    The change is a Tucker-2 tensor (Kim et al. 2016, arXiv:1511.06530, eq. 4), unconstrained along the kernel.
    """

    def __init__(self, weight: Tensor, config: Lora, generator: torch.Generator) -> None:
        super().__init__()
        outputs, inputs, kernel = weight.shape
        ranks = min(config.rank, outputs), min(config.rank, inputs)
        self.factor = config.alpha / config.rank
        self.u, self.v = (nn.Parameter(_orthonormal(*size, generator)) for size in zip((outputs, inputs), ranks, strict=True))
        self.core = nn.Parameter(torch.zeros(*ranks, kernel))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.factor * torch.einsum("abk,oa,ib->oik", self.core, self.u, self.v)


class Subspace(nn.Module):
    """W + s P z, with z : (dimension), initially zero and shared by all weights of a network; s is the root mean square of W.

    P is random, fixed by the seed and never stored. It has +-1/2 at ``NONZEROS`` positions of each weight's row, which keeps its
    columns nearly orthogonal (the sparse projection of Li et al. 2018, arXiv:1804.08838, sec. S7). The number of directions
    needed for a given score is the intrinsic dimension of the task.
    """

    places: Tensor
    signs: Tensor
    scale: Tensor

    def __init__(self, weight: Tensor, coordinates: nn.Parameter, generator: torch.Generator) -> None:
        super().__init__()
        self.coordinates = coordinates
        shape = (*weight.shape, NONZEROS)
        self.register_buffer("places", torch.randint(len(coordinates), shape, generator=generator), persistent=False)
        signs = torch.randint(2, shape, generator=generator).float() - 0.5
        self.register_buffer("signs", signs, persistent=False)
        self.register_buffer("scale", torch.ones(()))

    def measure(self, weight: Tensor) -> None:
        """Set the scale to the root mean square of the adapted weights, at least 0.01 (biases can be nearly zero)."""
        self.scale.copy_(weight.square().mean().sqrt().clamp_min(0.01))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.scale * (self.signs * self.coordinates[self.places]).sum(dim=-1)


def attach(network: nn.Module, config: AdapterConfig) -> None:
    """Add adapters to a network and freeze its other weights.

    Recurrent layers are not adapted: their library routine accepts plain weights only. Raises ParamnetError if the network has
    no layer that the configured kind adapts.
    """
    if not isinstance(config, Lora | SubspaceConfig):
        return
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    generator = torch.Generator().manual_seed(config.seed)
    if isinstance(config, SubspaceConfig):  # includes the biases
        _attach_subspace(network, config, generator)
        return
    _attach_low_rank(network, config, generator)
    if config.biases:
        for module in network.modules():
            bias = getattr(module, "bias", None)
            if isinstance(bias, nn.Parameter):
                bias.requires_grad_(True)


def _attach_low_rank(network: nn.Module, config: Lora, generator: torch.Generator) -> None:
    dense = [module for module in network.modules() if isinstance(module, nn.Linear)]
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv1d)]
    if (config.kind == "lora" and not dense) or (config.kind == "tucker" and not convolutions):
        wanted, other = ("dense layers", "tucker") if config.kind == "lora" else ("1-D convolutions", "lora")
        raise ParamnetError(
            f"adapters={config.kind}",
            expected=f"a network with {wanted}",
            got="one without",
            remedy=f"set adapters={other} or adapters=subspace",
        )
    for layer in dense:
        parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, config, generator))
    for convolution in convolutions if config.kind == "tucker" else []:
        parametrize.register_parametrization(convolution, "weight", Tucker(convolution.weight, config, generator))


def _attach_subspace(network: nn.Module, config: SubspaceConfig, generator: torch.Generator) -> None:
    coordinates = nn.Parameter(torch.zeros(config.dimension))
    for module in list(network.modules()):
        if not isinstance(module, nn.RNNBase):
            for name, parameter in list(module.named_parameters(recurse=False)):
                parametrize.register_parametrization(module, name, Subspace(parameter, coordinates, generator))


def _adapted(network: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    for module in list(network.modules()):
        if parametrize.is_parametrized(module):
            for name in list(module.parametrizations):  # type: ignore[arg-type,union-attr]
                yield module, name


@torch.no_grad()
def take_over(network: nn.Module, base: nn.Module) -> None:
    """Copy the weights and buffers of ``base``, a network of the same kind without adapters, into ``network``."""
    for path, module in network.named_modules():
        if ".parametrizations" in f".{path}":
            continue
        source = base.get_submodule(path)
        for name, value in [*source.named_parameters(recurse=False), *source.named_buffers(recurse=False)]:
            adapted = parametrize.is_parametrized(module, name)
            target = module.parametrizations[name].original if adapted else getattr(module, name)  # type: ignore[index,union-attr]
            target.copy_(value)
            if adapted and isinstance(module.parametrizations[name][0], Subspace):  # type: ignore[index,union-attr]
                module.parametrizations[name][0].measure(value)  # type: ignore[index,union-attr]


def merge(network: nn.Module) -> None:
    """Merge the adapters into the weights and remove them: the network has its plain layers again."""
    for module, name in _adapted(network):
        parametrize.remove_parametrizations(module, name, leave_parametrized=True)


def trained_weights(network: nn.Module) -> tuple[int, int]:
    """Number of trained weights, and of weights of the network without adapters."""
    trained = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    inside = {id(p) for m in network.modules() if isinstance(m, LowRank | Tucker | Subspace) for p in m.parameters()}
    total = sum(parameter.numel() for parameter in network.parameters() if id(parameter) not in inside)
    return trained, total


def _orthonormal(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    return torch.linalg.qr(torch.randn(rows, columns, generator=generator))[0]
