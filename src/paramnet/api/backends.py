"""The two ways by which Python evaluates a ``scheme.pt``: libparamnet as a host does, and TorchScript where it is not built."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

NONFINITE_INPUT, NONFINITE_OUTPUT = 1, 2
FLAGS = {1: "nonfinite_input", 2: "nonfinite_output", 4: "outside_envelope", 8: "far_from_training"}
BACKENDS = ("auto", "libparamnet", "torchscript")


class Backend(Protocol):
    """``description`` : for an attribute of results. ``flags`` : those that it can set."""

    description: str
    flags: tuple[int, ...]

    def __call__(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Outputs (column, n_out) and flags (column) of rows (column, n_in), contract units."""


class Libparamnet:
    """The compiled library, with the backend that it chooses for the scheme."""

    flags: tuple[int, ...] = (1, 2, 4, 8)

    def __init__(self, path: Path, threads: int, trust: bool) -> None:
        from paramnet.bridge import Scheme

        self._scheme = Scheme(path, threads=threads, trust=trust, strict=False)
        self.description = f"libparamnet: {str(self._scheme).removesuffix('>').partition('), ')[2]}"

    def __call__(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        outputs, flags = self._scheme.predict(rows)
        return np.asarray(outputs), flags


class TorchScript:
    """The TorchScript of the file in this process, float32; without the guard of the library."""

    flags: tuple[int, ...] = (1, 2)

    def __init__(self, path: Path, trust: bool, reason: str) -> None:
        import torch

        from paramnet.exporting import load_scheme
        from paramnet.exporting.first_step import carried_of

        self._torch, (self._module, manifest) = torch, load_scheme(path, trust)
        self._carried = np.array(carried_of(manifest, f"scheme {path}").row, np.float32)
        self._n_out = sum(variable["size"] for variable in manifest["outputs"])
        self.description = f"torchscript: torch {torch.__version__} ({reason})"

    def __call__(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        with np.errstate(over="ignore"):
            narrow = rows.astype(np.float32)
        finite = np.asarray(np.isfinite(narrow).all(axis=1))
        narrow = np.concatenate([np.where(finite[:, None], narrow, 0.0), np.tile(self._carried, (len(rows), 1))], axis=1)
        with self._torch.inference_mode():
            outputs = self._module(self._torch.from_numpy(narrow)).numpy()[:, : self._n_out]
        bad = finite & ~np.isfinite(outputs).all(axis=1)
        outputs = np.where((finite & ~bad)[:, None], outputs, 0.0)
        return outputs, (NONFINITE_INPUT * ~finite + NONFINITE_OUTPUT * bad).astype(np.int32)


def choose(path: Path, backend: str, threads: int, trust: bool) -> Backend:
    """Load the scheme with the ``backend`` of this name; ``auto`` is libparamnet where it is built. Raises ParamnetError."""
    from paramnet.bridge.loader import find_module

    if backend not in BACKENDS:
        raise ParamnetError("backend", expected=f"one of {', '.join(BACKENDS)}", got=repr(backend))
    if backend == "torchscript":
        return TorchScript(path, trust, "as was asked for")
    try:
        find_module()
    except ParamnetError:
        if backend == "auto":
            return TorchScript(path, trust, "libparamnet is not built here")
        raise
    return Libparamnet(path, threads, trust)
