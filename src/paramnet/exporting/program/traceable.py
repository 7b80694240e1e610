"""Compiled and recurrent parts of a scheme, wrapped so that torch.export can trace it."""

from __future__ import annotations

import copy

import torch
from torch import nn

from paramnet.exporting.program.recurrence import TracedLSTM


class _Hidden(nn.Module):
    """A compiled module hidden from torch.export, which refuses compiled parameters but traces compiled operations."""

    script: torch.jit.ScriptModule

    def __init__(self, script: torch.jit.ScriptModule) -> None:
        super().__init__()
        object.__setattr__(self, "script", script)


class _Opaque(_Hidden):
    """A part of a scheme, with any number of arguments."""

    def forward(self, *arguments: torch.Tensor) -> torch.Tensor:
        return self.script(*arguments)


class _OpaqueScheme(_Hidden):
    """The complete scheme, with one named argument, so that torch.export sees its shape and not that of a tuple."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.script(x)


def traceable(scheme: nn.Module) -> nn.Module:
    """The module itself, or a shallow copy in which torch.export can trace the compiled and the recurrent parts."""
    if isinstance(scheme, torch.jit.ScriptModule):
        return _OpaqueScheme(scheme)
    return _with_parts(scheme, "scheme")


def _with_parts(scheme: nn.Module, name: str) -> nn.Module:
    if isinstance(scheme, torch.jit.ScriptModule):
        return _Opaque(scheme)
    if isinstance(scheme, nn.LSTM):
        return TracedLSTM(scheme, name)
    if not any(isinstance(part, torch.jit.ScriptModule | nn.LSTM) for part in scheme.modules()):
        return scheme
    shallow = copy.copy(scheme)
    shallow._modules = {child: part and _with_parts(part, f"{name}.{child}") for child, part in scheme._modules.items()}
    return shallow
