"""Read a bare TorchScript file, without a manifest, and check what can be checked by running it."""

from __future__ import annotations

import io
import operator
import zipfile
from pathlib import Path

import torch
from torch import Tensor, fx, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.archive import MANIFEST, members_of
from paramnet.exporting.torchscript import from_archive
from paramnet.importing.precision import in_float32, parameter_type

# Not contained in the file: these rest on the author of the import's configuration.
UNKNOWABLE = (
    "order and units of its columns (taken from the contract)",
    "whether normalization is inside (exactly the given tables were added)",
    "the vertical grid, time step and constants it was trained with",
)
_PROBES = 64
# Batches of different size may sum in a different order. Beyond this fraction of the spread, a column depends on its neighbours.
_INDEPENDENCE = 1e-4


def read_bare(file: Path, argument_widths: list[int], probes: Tensor, trust: bool = False) -> nn.Module:
    """The module of a TorchScript file : (column, n_in) -> (column, n_out), in float32 unless that would change its results.

    argument_widths : number of columns per argument, in the contract's order; empty for a single argument.
    probes : (column, n_in), float32, inputs of the network. Several outputs are concatenated in their order.
    trust : load it although its code could do more than compute. Raises ParamnetError if the file is not TorchScript, is
    already a scheme, takes other arguments, or contains such code.
    """
    if not file.is_file():
        raise _no_torchscript(file, "no file")
    content = file.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise _no_torchscript(file, "no zip archive")
    members = members_of(content, str(file))
    if MANIFEST in members:
        raise ParamnetError(
            str(file),
            expected="TorchScript without a manifest",
            got="a scheme of paramnet",
            remedy="use it directly: it needs no import",
        )
    if "constants.pkl" not in members:
        raise _no_torchscript(file, "an archive without code")
    try:
        script = from_archive(content, str(file), trust)
    except RuntimeError as error:
        raise _no_torchscript(file, f"one that libtorch cannot read ({_first_line(error)})") from error
    module = in_float32(
        _of_columns(script, argument_widths, probes, str(file)),
        _of_columns(from_archive(content, str(file), trust).float(), argument_widths, probes, str(file)),
        probes,
        str(file),
    )
    for weights in module.parameters():
        weights.requires_grad = False
    return module


def _no_torchscript(file: Path, got: str) -> ParamnetError:
    return ParamnetError(
        str(file),
        expected="a TorchScript file (torch.jit.save)",
        got=got,
        remedy="for a checkpoint of weights alone, load them into their Python module, script it and save that",
    )


def _of_columns(module: torch.jit.ScriptModule, widths: list[int], probes: Tensor, where: str) -> nn.Module:
    """Wrap a module of any number of arguments and outputs as (column, n_in) -> (column, n_out)."""
    arguments = [argument for argument in module._c._get_method("forward").schema.arguments[1:] if not argument.has_default_value()]
    if len(arguments) != max(len(widths), 1) or (widths and sum(widths) != probes.shape[1]):
        names = ", ".join(argument.name for argument in arguments)
        raise ParamnetError(
            where,
            expected=f"one argument of (column, {probes.shape[1]})" if not widths else f"{len(widths)} arguments of {widths} columns",
            got=f"a network that takes {len(arguments)} ({names})",
            remedy="set argument_widths=[…] to the number of columns of each argument, in the contract's order",
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
    """Number of tensors in the returned tuple; 1 for anything else, which require_columns then checks."""
    x = probes[:_PROBES].to(parameter_type(module))
    try:
        result = module(*(torch.split(x, widths, dim=1) if widths else (x,)))
    except RuntimeError:
        return 1
    flat = isinstance(result, tuple) and all(isinstance(part, Tensor) and part.ndim == 2 for part in result)
    return len(result) if flat else 1


def require_columns(module: nn.Module, probes: Tensor, contract: Contract, where: str) -> None:
    """Raise ParamnetError unless the module maps (column, n_in) to (column, n_out), column by column and reproducibly.

    probes : (column, n_in), in the units the module takes.
    """
    probes = probes[:_PROBES]
    together = _call(module, probes, contract, where)
    if not torch.equal(together, _call(module, probes, contract, where)):
        raise ParamnetError(
            "outputs",
            expected="the same in two calls with the same columns",
            got="different ones",
            where=where,
            remedy="call .eval() before torch.jit.save (dropout?)",
        )
    alone = torch.cat([_call(module, column[None], contract, where) for column in probes])
    spread = together.std(dim=0)
    difference = ((alone - together).abs() / torch.where(spread > 0, spread, torch.ones_like(spread))).amax()
    if not difference <= _INDEPENDENCE:
        raise ParamnetError(
            "outputs",
            expected="each column to depend on itself alone",
            got=f"differences of {difference:.1e} standard deviations between one column at a time and all at once",
            where=where,
            remedy="save the network in evaluation mode, without operations across the batch",
        )


@torch.inference_mode()
def _call(module: nn.Module, probes: Tensor, contract: Contract, where: str) -> Tensor:
    expected = f"(column, {contract.n_in}) -> (column, {contract.n_out}) of contract {contract.name}"
    try:
        result = module(probes)
    except RuntimeError as error:
        raise ParamnetError(
            where,
            expected=expected,
            got=f"a failure on {tuple(probes.shape)} ({_first_line(error)})",
            remedy="check the contract; if the batch size is fixed in the trace, trace with a varying batch, or script",
        ) from error
    if not isinstance(result, Tensor) or tuple(result.shape) != (len(probes), contract.n_out):
        got = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
        raise ParamnetError(
            where, expected=expected, got=f"{got} for {len(probes)} columns", remedy="wrap the module, or correct the contract"
        )
    if not torch.isfinite(result).all():
        raise ParamnetError(
            "outputs",
            expected="finite numbers on the columns checked",
            got="NaN or infinity",
            where=where,
            remedy="check that the columns have the units the network expects",
        )
    return result


def _first_line(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
