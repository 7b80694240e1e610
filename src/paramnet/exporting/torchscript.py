"""The only module that calls ``torch.jit`` (deprecated upstream since torch 2.11, but still the format that libtorch loads)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.exporting.archive import members_of, write_zip
from paramnet.exporting.screening import require_harmless

__all__ = ["from_archive"]


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit", category=DeprecationWarning)
        yield


def compile_scheme(scheme: nn.Module) -> torch.jit.ScriptModule:
    """Script the scheme, so that neither batch size nor input dtype is fixed.

    It is not frozen: freezing gains nothing on the CPU, and a frozen module cannot be moved to another device or precision.
    Raises ParamnetError, with the part's name, for a part that TorchScript cannot compile. A lack of memory is raised as it is.
    """
    with _quiet():
        try:
            script: torch.jit.ScriptModule = torch.jit.script(scheme.eval())
        except Exception as error:  # torch raises many types
            if _lacks_memory(error):
                raise
            name, part = _not_compiled(scheme, "scheme")
            kind = f"{type(part).__module__}.{type(part).__qualname__}"
            raise ParamnetError(
                f"{name} ({kind})",
                expected="a module that TorchScript compiles",
                got=repr(str(error).strip().partition("\n")[0]),
                remedy="annotate the types of attributes and arguments, use tensors, and leave Python objects to __init__",
            ) from error
    return script


def _not_compiled(module: nn.Module, name: str) -> tuple[str, nn.Module]:
    """The innermost part that TorchScript does not compile, with its name in the scheme."""
    for child, part in module.named_children():
        inner = f"{name}.{child}"
        if isinstance(part, nn.ModuleList):  # not called itself
            found = _not_compiled(part, inner)
            if found[1] is not part:
                return found
            continue
        try:
            torch.jit.script(part)
        except Exception as error:
            if _lacks_memory(error):
                raise
            return _not_compiled(part, inner)
    return name, module


def _lacks_memory(error: Exception) -> bool:
    """True for Python's MemoryError, and for torch's error of that kind, a RuntimeError."""
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def to_archive(script: torch.jit.ScriptModule) -> bytes:
    """The module as libtorch's zip."""
    buffer = io.BytesIO()
    with _quiet():
        torch.jit.save(script, buffer)
    return buffer.getvalue()


def from_archive(archive: bytes, where: str = "TorchScript", trust: bool = False) -> torch.jit.ScriptModule:
    """The module in a zip, on the CPU, in evaluation mode; raise RuntimeError if libtorch cannot read it.

    Loading TorchScript runs its author's code, so its members are checked first: raises ParamnetError if they could do more
    than compute. trust : skip that check. where : the file, for messages.
    """
    if not trust:
        members = members_of(archive, where)
        require_harmless(members, where)
        archive = _packed(members)  # libtorch reads exactly the checked members, however it would have read the file
    with _quiet():
        script: torch.jit.ScriptModule = torch.jit.load(io.BytesIO(archive), map_location="cpu")
    return script.eval()


def _packed(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    write_zip(buffer, {name: content for name, content in members.items() if not name.startswith("extra/")})
    return buffer.getvalue()
