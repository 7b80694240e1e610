"""A bare TorchScript file, without a manifest: what can be found out by running it, and what cannot."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.export.torchscript import from_archive

# Nothing in the file tells these; they rest on whoever wrote the import's configuration.
UNKNOWABLE = (
    "order and units of its columns: the contract was taken at its word",
    "whether normalization is inside: it was wrapped with exactly the tables given",
    "the vertical grid, time step and constants it was trained with",
)
_PROBES = 64
# Two batches may sum in another order; what differs by more than this share of the spread depends on its neighbours.
_INDEPENDENCE = 1e-4


def read_bare(file: Path) -> nn.Module:
    """The module of a TorchScript file : (column, n_in) -> (column, n_out).

    Raises ParamnetError where the file is none, or is a scheme already.
    """
    if not file.is_file():
        raise ParamnetError(f"{file}: no such file")
    content = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(name.endswith("/extra/paramnet.json") for name in archive.namelist()):
                raise ParamnetError(f"{file}: expected TorchScript without a manifest, got a scheme of paramnet; use it as it is")
    try:
        module = from_archive(content)
    except RuntimeError as error:
        raise ParamnetError(
            f"{file}: expected a TorchScript file (torch.jit.save), libtorch could not read it ({_first_line(error)}); "
            "a checkpoint of weights alone needs its Python module: script that and save it"
        ) from error
    for weights in module.parameters():
        weights.requires_grad = False
    return module


def require_columns(module: nn.Module, probes: Tensor, contract: Contract, where: str) -> None:
    """Raise ParamnetError unless the module maps (column, n_in) to (column, n_out), each column for itself, always alike.

    probes : (column, n_in), in the units the module takes.
    """
    probes = probes[:_PROBES]
    together = _call(module, probes, contract, where)
    if not torch.equal(together, _call(module, probes, contract, where)):
        raise ParamnetError(f"{where}: expected the same outputs twice, got others; call .eval() before torch.jit.save (dropout?)")
    alone = torch.cat([_call(module, column[None], contract, where) for column in probes])
    spread = together.std(dim=0)
    difference = ((alone - together).abs() / torch.where(spread > 0, spread, torch.ones_like(spread))).amax()
    if not difference <= _INDEPENDENCE:
        raise ParamnetError(
            f"{where}: expected each column to depend on itself alone, got outputs that differ by {difference:.1e} standard deviations "
            "between one column at a time and all at once; save it in evaluation mode, without anything that mixes the batch"
        )


@torch.inference_mode()
def _call(module: nn.Module, probes: Tensor, contract: Contract, where: str) -> Tensor:
    expected = f"(column, {contract.n_in}) -> (column, {contract.n_out}) of contract {contract.name}"
    try:
        result = module(probes)
    except RuntimeError as error:
        raise ParamnetError(
            f"{where}: expected {expected}, but it failed on {tuple(probes.shape)} ({_first_line(error)}); "
            "check the contract, or whether a batch size is baked in (trace with a varying batch, or script)"
        ) from error
    if not isinstance(result, Tensor) or tuple(result.shape) != (len(probes), contract.n_out):
        got = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
        raise ParamnetError(f"{where}: expected {expected}, got {got} for {len(probes)} columns; wrap the module, or mend the contract")
    if not torch.isfinite(result).all():
        raise ParamnetError(f"{where}: expected finite outputs on the columns checked, got others; are the columns in the units it takes?")
    return result


def _first_line(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
