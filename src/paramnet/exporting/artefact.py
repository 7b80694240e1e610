"""Write and read ``scheme.pt``: TorchScript, program, weights and manifest in one archive, written atomically, checked when read."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.exporting.archive import (
    FORMAT,
    MANIFEST,
    PROGRAM,
    WEIGHTS,
    listing,
    manifest_text,
    members_of,
    read_archive,
    version_of,
    write_archive,
    write_zip,
)
from paramnet.exporting.program.builder import NotLowerable
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.reader import read_program
from paramnet.exporting.torchscript import compile_scheme, from_archive, to_archive

__all__ = ["program_of"]

_log = logging.getLogger(__name__)


@dataclass
class Compiled:
    """A scheme ready to be written: libtorch's members, and the program or the ``reason`` for its absence."""

    torchscript: dict[str, bytes]
    program: Program | None = None
    reason: str = ""
    members: dict[str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        text = dict(zip((PROGRAM, WEIGHTS), self.program.to_members(), strict=True)) if self.program else {}
        self.members = {**self.torchscript, **text}

    def without_program(self, reason: str) -> Compiled:
        return Compiled(self.torchscript, None, reason)


def compile_artefact(scheme: nn.Module, n_in: int) -> Compiled:
    """Compile a module (column, n_in) -> (column, n_out) in contract units to TorchScript and, if possible, to a program."""
    from paramnet.exporting.program.lowering import lower  # imports torch.export: 1 s

    # Without the debug members: they contain the exporter's paths and nothing that libtorch needs.
    torchscript = {
        name: content for name, content in members_of(to_archive(compile_scheme(scheme))).items() if not name.endswith(".debug_pkl")
    }
    try:
        return Compiled(torchscript, lower(scheme, n_in))
    except NotLowerable as refusal:
        _log.warning("no program for the native backend: %s; the scheme runs on libtorch", refusal)
        return Compiled(torchscript, None, str(refusal))


def write_compiled(compiled: Compiled, manifest: dict[str, Any], path: Path) -> dict[str, Any]:
    """Write ``scheme.pt``; return the manifest as written, with ``format_version``, ``native`` and ``members``."""
    native = {"program": True} if compiled.program else {"program": False, "reason": compiled.reason}
    versioned = {"format": FORMAT, "format_version": version_of(manifest)} | manifest
    complete = versioned | {"native": native, "members": listing(compiled.members)}
    write_archive(path, {**compiled.members, MANIFEST: manifest_text(complete)})
    return complete


def write_artefact(scheme: nn.Module, manifest: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """Write ``scheme.pt`` for any module with a manifest, without checks; return the manifest as written.

    scheme : (column, n_in) -> (column, n_out), contract units on both sides, float32; n_in is the sum of the sizes in
    ``manifest["inputs"]``, of its ``state`` and ``random_numbers``. ``export.check_and_write`` writes the same after a comparison
    on real columns.
    """
    n_in = sum(variable["size"] for variable in manifest["inputs"])
    n_in += sum(len(variable["start"]) for variable in manifest.get("state", [])) + manifest.get("random_numbers", 0)
    return write_compiled(compile_artefact(scheme, n_in), manifest, Path(path))


def load_scheme(path: str | Path, trust: bool = False) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    """Load the exported module (contract units in and out) and its manifest, after checking the hash of every member.

    Hashes detect damage, not a forged file: TorchScript that could do more than compute is refused unless its author is known
    (``trust``). Also raises ParamnetError if the file is missing, unreadable, edited, without manifest, or of another format
    version.
    """
    path = Path(path)
    members, manifest = read_archive(path)
    buffer = io.BytesIO()
    write_zip(buffer, members)
    try:
        return from_archive(buffer.getvalue(), f"scheme {path}", trust), manifest
    except RuntimeError as error:
        raise ParamnetError(
            f"scheme {path}",
            expected="TorchScript",
            got=f"code that libtorch cannot read ({_first_line(error)})",
            remedy="export again",
        ) from error


def load_program(path: str | Path) -> Program | None:
    """The program of a ``scheme.pt``, or None if the scheme has an operation outside the closed list."""
    members, _ = read_archive(Path(path))
    return program_of(members, f"scheme {path}")


def program_of(members: Mapping[str, bytes], where: str) -> Program | None:
    """The program in an artefact's members, or None; raise ParamnetError if it is not valid."""
    if PROGRAM not in members:
        return None
    if WEIGHTS not in members:
        raise ParamnetError(WEIGHTS, expected=f"this member together with {PROGRAM}", got="none", where=where, remedy="export again")
    return read_program(members[PROGRAM], members[WEIGHTS], f"{where}: {PROGRAM}")


def read_manifest(path: str | Path) -> dict[str, Any]:
    """The manifest inside a ``scheme.pt``."""
    return read_archive(Path(path))[1]


def _first_line(error: RuntimeError) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
