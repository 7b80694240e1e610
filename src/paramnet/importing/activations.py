"""Functions of one value in imported networks that torch has not, or not with Keras's definition, as modules that TorchScript compiles."""

# No `from __future__ import annotations`: TorchScript needs the annotations of attributes as types, not text.

from collections.abc import Callable

import torch
from torch import Tensor, nn

from paramnet.importing.layers import SELU_ALPHA, SELU_SCALE


class Elu(nn.Module):
    """max(x, 0) + alpha expm1(min(x, 0)), in operations of the native kernel."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha: float = alpha

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x) + self.alpha * torch.expm1(torch.clamp(x, max=0.0))


class Softplus(nn.Module):
    """log(1 + exp(x)) without overflow, in operations of the native kernel."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x) + torch.log1p(torch.exp(-torch.abs(x)))


class Mish(nn.Module):
    """x tanh(softplus(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.tanh(torch.relu(x) + torch.log1p(torch.exp(-torch.abs(x))))


class Softsign(nn.Module):
    """x / (1 + |x|)."""

    def forward(self, x: Tensor) -> Tensor:
        return x / (1.0 + torch.abs(x))


class Exponential(nn.Module):
    """exp(x)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x)


class Clamp(nn.Module):
    """slope x + offset, clamped to two bounds."""

    def __init__(self, lower: float, upper: float, slope: float = 1.0, offset: float = 0.0) -> None:
        super().__init__()
        self.lower: float = lower
        self.upper: float = upper
        self.slope: float = slope
        self.offset: float = offset

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(x * self.slope + self.offset, self.lower, self.upper)


class AtMost(nn.Module):
    """min(x, bound)."""

    def __init__(self, bound: float) -> None:
        super().__init__()
        self.bound: float = bound

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(x, max=self.bound)


class Scale(nn.Module):
    """x times a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor: float = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


FUNCTIONS: dict[str, Callable[[float], nn.Module]] = {
    "linear": lambda parameter: nn.Identity(),
    "relu": lambda parameter: nn.ReLU(),
    "relu6": lambda parameter: Clamp(0.0, 6.0),
    "leaky_relu": nn.LeakyReLU,
    "elu": Elu,
    "selu": lambda parameter: nn.Sequential(Elu(SELU_ALPHA), Scale(SELU_SCALE)),
    "gelu": lambda parameter: nn.GELU(),
    "gelu_tanh": lambda parameter: nn.GELU(approximate="tanh"),
    "silu": lambda parameter: nn.SiLU(),
    "mish": lambda parameter: Mish(),
    "tanh": lambda parameter: nn.Tanh(),
    "sigmoid": lambda parameter: nn.Sigmoid(),
    "softplus": lambda parameter: Softplus(),
    "softsign": lambda parameter: Softsign(),
    "exponential": lambda parameter: Exponential(),
    "hard_sigmoid": lambda parameter: Clamp(0.0, 1.0, 1.0 / 6.0, 0.5),
    "hard_sigmoid_keras_2": lambda parameter: Clamp(0.0, 1.0, 0.2, 0.5),
    "at_most": AtMost,
}
