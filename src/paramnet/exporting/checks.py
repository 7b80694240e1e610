"""Differences of an artefact from the trained module on real columns, in standard deviations of each output."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.interpreter import interpret

__all__ = ["Bounds"]


@dataclass(frozen=True)
class Bounds:
    """Largest differences allowed: ``rms`` and ``max`` against float64, ``max_against_trained`` against the trained module."""

    rms: float = 3e-5
    max: float = 5e-4
    max_against_trained: float = 2e-5

    def __post_init__(self) -> None:
        if min(self.rms, self.max, self.max_against_trained) <= 0:
            got = f"{self.rms:g}, {self.max:g}, {self.max_against_trained:g}"
            raise ParamnetError("rms, max, max_against_trained", expected="positive bounds", got=got)


class Reference:
    """Outputs of the trained module on real columns, in float32 and in float64.

    inputs : (column, n_in), contract units. std : (n_out), of the training outputs, 0 replaced by 1. names : (n_out).
    """

    @torch.inference_mode()
    def __init__(self, scheme: nn.Module, inputs: Tensor, std: NDArray[np.float64], names: list[str]) -> None:
        self.inputs = inputs
        self.names = names
        self.std = np.where(np.asarray(std) > 0, std, 1.0)
        self.trained = scheme(inputs).double().numpy()
        self.exact = copy.deepcopy(scheme).double()(inputs.double()).numpy()

    def differences(self, outputs: NDArray[Any]) -> dict[str, Any]:
        """``trained_max``, and ``float64_rms`` and ``float64_max`` of the worst output column, named in ``worst_output``."""
        outputs = np.asarray(outputs, dtype=np.float64)
        departure = np.abs(outputs - self.exact) / self.std
        return {
            "trained_max": float((np.abs(outputs - self.trained) / self.std).max()),
            "float64_rms": float(np.sqrt(np.square(departure).mean(axis=0)).max()),
            "float64_max": float(departure.max()),
            "worst_output": self.names[int(departure.max(axis=0).argmax())],
            "finite": bool(np.isfinite(outputs).all()),
        }

    @torch.inference_mode()
    def of_torchscript(self, script: nn.Module) -> dict[str, Any]:
        """Differences of the module as a host will load it, and ``split_batch_max``: splitting a batch must change nothing."""
        outputs = script(self.inputs)
        third = len(self.inputs) // 3
        halves = torch.cat([script(self.inputs[:third]), script(self.inputs[third:])])
        split = ((halves - outputs).double().abs().numpy() / self.std).max()
        return {"columns": len(self.inputs), **self.differences(outputs.numpy()), "split_batch_max": float(split)}

    def of_program(self, program: Program) -> dict[str, Any]:
        """Differences of the native kernel's program, run by the reference interpreter."""
        return self.differences(interpret(program, self.inputs.numpy()))

    def of_bfloat16(self, program: Program) -> dict[str, dict[str, float]]:
        """``rms`` and ``max`` against float64 of each output variable (its worst column) with dense layers in bfloat16."""
        departure = np.abs(interpret(program, self.inputs.numpy(), "bfloat16") - self.exact) / self.std
        rms, largest = np.sqrt(np.square(departure).mean(axis=0)), departure.max(axis=0)
        columns = {name: np.flatnonzero(np.asarray(self.names) == name) for name in dict.fromkeys(self.names)}
        return {name: {"rms": float(rms[where].max()), "max": float(largest[where].max())} for name, where in columns.items()}


def require_close(checks: dict[str, Any], bounds: Bounds, output: object) -> None:
    """Raise ParamnetError if TorchScript differs from the trained module by more than the bounds."""
    if not checks["finite"]:
        raise ParamnetError(
            f"export {output}",
            expected=f"finite outputs on {checks['columns']} real columns",
            got="NaN or infinity",
            remedy="check the training log for a diverged loss",
        )
    for key, bound in (
        ("trained_max", bounds.max_against_trained),
        ("split_batch_max", bounds.max_against_trained),
        ("float64_rms", bounds.rms),
        ("float64_max", bounds.max),
    ):
        if not checks[key] <= bound:
            raise ParamnetError(
                f"export {output}",
                expected=f"{key} <= {bound:g} standard deviations on {checks['columns']} real columns",
                got=f"{checks[key]:.2e} (worst in {checks['worst_output']})",
                remedy="retrain, or raise the bound if this accuracy is acceptable (nothing was written)",
            )


def why_too_far(checks: dict[str, Any], bounds: Bounds) -> str:
    """Why a program is refused, or "". Only the float64 bounds apply, because its sums run in a different order from libtorch's."""
    if not checks["finite"]:
        return "its outputs are not finite on real columns"
    for key, bound in (("float64_rms", bounds.rms), ("float64_max", bounds.max)):
        if not checks[key] <= bound:
            return f"expected {key} <= {bound:g} standard deviations on real columns, got {checks[key]:.2e} in {checks['worst_output']}"
    return ""
