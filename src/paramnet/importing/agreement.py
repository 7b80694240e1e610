"""Compare an imported scheme with the float64 NumPy evaluation of its files, which does not use torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from paramnet.contract import Contract, ParamnetError

Array = NDArray[Any]


@torch.inference_mode()
def agreement(scheme: nn.Module, contract: Contract, columns: Array, exact: Array) -> dict[str, Any]:
    """Differences of ``scheme`` in float32 from ``exact``, in standard deviations of each output over the columns.

    columns : (column, n_in), contract units, exact in float32. exact : (column, n_out), float64, contract units.
    """
    std = spread(exact)
    got = scheme(torch.from_numpy(columns.astype(np.float32))).double().numpy()
    difference = np.abs(got - exact) / std
    worst = int(difference.max(axis=0).argmax())
    return {
        "columns": len(columns),
        "rms": float(np.sqrt(np.mean(difference**2, axis=0)).max()),
        "max": float(difference.max()),
        "worst_output": next(name for name, part in contract.output_columns.items() if part.start <= worst < part.stop),
        "finite": bool(np.isfinite(got).all()),
    }


def spread(exact: Array) -> Array:
    """Standard deviation of each output, 1 where it is zero."""
    std = exact.std(axis=0)
    return np.where(std > 0, std, 1.0)


def require_agreement(found: dict[str, Any], rms: float, largest: float, where: str) -> None:
    """Raise ParamnetError unless the scheme agrees with the files within ``rms`` and ``largest``."""
    if not found["finite"]:
        raise ParamnetError(
            "outputs",
            expected=f"finite numbers on {found['columns']} columns",
            got="NaN or infinity",
            where=where,
            remedy="check the normalization tables",
        )
    for key, bound in (("rms", rms), ("max", largest)):
        if not found[key] <= bound:
            raise ParamnetError(
                f"{key} difference of the scheme in float32 from its files",
                expected=f"at most {bound:g} standard deviations of an output on {found['columns']} columns",
                got=f"{found[key]:.2e} (worst in {found['worst_output']})",
                where=where,
                remedy="check the normalization tables, or raise rms and max if float32 is precise enough (nothing was written)",
            )
