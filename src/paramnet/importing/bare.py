"""A bare TorchScript file, without a manifest: what can be found out by running it, and what cannot."""

from __future__ import annotations

import io
import operator
import zipfile
from pathlib import Path

import torch
from torch import Tensor, fx, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.export.archive import MANIFEST, members_of
from paramnet.export.torchscript import from_archive
from paramnet.importing.precision import in_float32, parameter_type

# Nothing in the file tells these; they rest on whoever wrote the import's configuration.
UNKNOWABLE = (
    "order and units of its columns: the contract was taken at its word",
    "whether normalization is inside: it was wrapped with exactly the tables given",
    "the vertical grid, time step and constants it was trained with",
)
_PROBES = 64
# Two batches may sum in another order; what differs by more than this share of the spread depends on its neighbours.
_INDEPENDENCE = 1e-4


def read_bare(file: Path, argument_widths: list[int], probes: Tensor, trust: bool = False) -> nn.Module:
    """The module of a TorchScript file : (column, n_in) -> (column, n_out), in float32 unless that would change its results.

    argument_widths : columns that each of its arguments takes, in the contract's order; empty for a single argument.
    probes : (column, n_in), float32, what the network takes. Several outputs are concatenated in their order.
    trust : load it although its code could do more than compute. Raises ParamnetError where the file is no TorchScript, is a scheme
    already, takes other arguments, or holds such code.
    """
    if not file.is_file():
        raise ParamnetError(f"{file}: no such file")
    content = file.read_bytes()
    advice = "a checkpoint of weights alone needs its Python module: script that and save it"
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ParamnetError(f"{file}: expected a TorchScript file (torch.jit.save), libtorch could not read it (no zip archive); {advice}")
    members = members_of(content, str(file))
    if MANIFEST in members:
        raise ParamnetError(f"{file}: expected TorchScript without a manifest, got a scheme of paramnet; use it as it is")
    if "constants.pkl" not in members:
        raise ParamnetError(f"{file}: expected a TorchScript file (torch.jit.save), libtorch could not read it (no code inside); {advice}")
    try:
        script = from_archive(content, str(file), trust)
    except RuntimeError as error:
        raise ParamnetError(
            f"{file}: expected a TorchScript file (torch.jit.save), libtorch could not read it ({_first_line(error)}); {advice}"
        ) from error
    module = in_float32(
        _of_columns(script, argument_widths, probes, str(file)),
        _of_columns(from_archive(content, str(file), trust).float(), argument_widths, probes, str(file)),
        probes,
        str(file),
    )
    for weights in module.parameters():
        weights.requires_grad = False
    return module


def _of_columns(module: torch.jit.ScriptModule, widths: list[int], probes: Tensor, where: str) -> nn.Module:
    """The module as one of columns alone, whatever number of arguments and outputs it has."""
    arguments = [argument for argument in module._c._get_method("forward").schema.arguments[1:] if not argument.has_default_value()]
    if len(arguments) != max(len(widths), 1) or (widths and sum(widths) != probes.shape[1]):
        names = ", ".join(argument.name for argument in arguments)
        raise ParamnetError(
            where,
            expected=f"one argument of (column, {probes.shape[1]})" if not widths else f"{len(widths)} arguments of {widths} columns",
            got=f"a network that takes {len(arguments)} ({names})",
            remedy="set argument_widths=[…] to the number of columns each argument takes, in the contract's order",
        )
    outputs = _number_of_outputs(module, widths, probes)
    if not widths and outputs == 1:
        return module
    root, graph = nn.ModuleDict({"network": module}), fx.Graph()
    x = graph.placeholder("x")
    ends = [sum(widths[: number + 1]) for number in range(len(widths))]
    parts = [graph.call_function(torch.narrow, (x, 1, end - width, width)) for width, end in zip(widths, ends, strict=True)]
    result = graph.call_module("network", tuple(parts or [x]))
    if outputs > 1:
        result = graph.call_function(torch.cat, ([graph.call_function(operator.getitem, (result, k)) for k in range(outputs)], 1))
    graph.output(result)
    return fx.GraphModule(root, graph)


@torch.inference_mode()
def _number_of_outputs(module: nn.Module, widths: list[int], probes: Tensor) -> int:
    """Tensors in the tuple it returns; 1 where it returns anything else, which require_columns then judges."""
    x = probes[:_PROBES].to(parameter_type(module))
    try:
        result = module(*(torch.split(x, widths, dim=1) if widths else (x,)))
    except RuntimeError:
        return 1
    flat = isinstance(result, tuple) and all(isinstance(part, Tensor) and part.ndim == 2 for part in result)
    return len(result) if flat else 1


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
        raise ParamnetError(f"{where}: expected {expected}, got {got} for {len(probes)} columns; wrap the module, or correct the contract")
    if not torch.isfinite(result).all():
        raise ParamnetError(f"{where}: expected finite outputs on the columns checked, got others; are the columns in the units it takes?")
    return result


def _first_line(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
