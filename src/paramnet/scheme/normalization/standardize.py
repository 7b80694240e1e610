"""Standardization of inputs and its inverse for outputs, column by column, as buffers of the scheme."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from paramnet.contract import ParamnetError


def _checked(mean: ArrayLike, std: ArrayLike, constant: ArrayLike, role: str) -> tuple[NDArray, NDArray, NDArray]:
    """Float64 statistics of one side. Raises ParamnetError if they are invalid."""
    mean, std = np.asarray(mean, dtype=np.float64), np.asarray(std, dtype=np.float64)
    constant = np.asarray(constant, dtype=bool)
    if not mean.shape == std.shape == constant.shape or mean.ndim != 1:
        raise ParamnetError(
            f"{role} statistics",
            expected="mean, std and constant of one length",
            got=f"shapes {mean.shape}, {std.shape}, {constant.shape}",
            remedy="preprocess again",
        )
    wrong = np.flatnonzero(~(np.isfinite(mean) & np.isfinite(std)) | (~constant & (std <= 0)))
    if wrong.size:
        raise ParamnetError(
            f"{role} statistics",
            expected="a finite mean and std > 0 in columns not marked constant",
            got=f"mean {mean[wrong[0]]}, std {std[wrong[0]]}",
            where=f"column {wrong[0]} ({wrong.size} such columns)",
            remedy="preprocess again",
        )
    return mean, std, constant


class Normalizer(nn.Module):
    """(x - mean) / std per column; exactly zero for columns that are constant in the training data.

    ``limit`` > 0 clips the result to +-limit, which avoids extrapolation for rare inputs far outside their usual range.
    forward : (column, n) in contract units -> (column, n), dimensionless.
    """

    mean: Tensor
    inverse_std: Tensor

    def __init__(self, mean: ArrayLike, std: ArrayLike, constant: ArrayLike, limit: float = 0.0) -> None:
        super().__init__()
        self.limit: float = limit
        mean, std, constant = _checked(mean, std, constant, "input")
        # Zero, not one, for constant columns: an input that was constant in training must have no effect in a host.
        inverse = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, std))
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("inverse_std", torch.tensor(inverse, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        z = (x - self.mean) * self.inverse_std
        return torch.clamp(z, -self.limit, self.limit) if self.limit > 0 else z


class Denormalizer(nn.Module):
    """mean + std z per column, in contract units; constant columns return their constant exactly.

    ``centred`` false omits the mean in columns that vary, so z = 0 gives exactly zero, as gated schemes require.
    forward : (column, n), dimensionless -> (column, n) in contract units.
    """

    offset: Tensor
    std: Tensor

    def __init__(self, mean: ArrayLike, std: ArrayLike, constant: ArrayLike, centred: bool = True) -> None:
        super().__init__()
        mean, std, constant = _checked(mean, std, constant, "output")
        offset = mean if centred else np.where(constant, mean, 0.0)
        self.register_buffer("offset", torch.tensor(offset, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(np.where(constant, 0.0, std), dtype=torch.float32))

    def forward(self, z: Tensor) -> Tensor:
        return self.offset + self.std * z
