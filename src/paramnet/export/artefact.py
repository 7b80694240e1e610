"""``scheme.pt``: TorchScript, program, weights and manifest in one archive, written whole and read back checked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.export.archive import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    PROGRAM,
    WEIGHTS,
    listing,
    manifest_text,
    members_of,
    read_archive,
    write_archive,
)
from paramnet.export.builder import NotLowerable
from paramnet.export.lowering import lower
from paramnet.export.program import Program
from paramnet.export.torchscript import compile_scheme, from_archive, to_archive

_log = logging.getLogger(__name__)


@dataclass
class Compiled:
    """A scheme ready to be written: libtorch's members, and the program or the ``reason`` there is none."""

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
    """A module (column, n_in) -> (column, n_out) in contract units as TorchScript and, where every operation allows, as a program."""
    # Without the debug members: they hold the paths of whoever exports, and nothing that libtorch needs.
    torchscript = {
        name: content for name, content in members_of(to_archive(compile_scheme(scheme))).items() if not name.endswith(".debug_pkl")
    }
    try:
        return Compiled(torchscript, lower(scheme, n_in))
    except NotLowerable as refusal:
        _log.warning("no program for the native backend: %s; the scheme runs on libtorch", refusal)
        return Compiled(torchscript, None, str(refusal))


def write_compiled(compiled: Compiled, manifest: dict[str, Any], path: Path) -> dict[str, Any]:
    """Write ``scheme.pt``; returns the manifest as written, with ``format_version``, ``native`` and ``members``."""
    native = {"program": True} if compiled.program else {"program": False, "reason": compiled.reason}
    versioned = {"format": FORMAT, "format_version": FORMAT_VERSION} | manifest
    complete = versioned | {"native": native, "members": listing(compiled.members)}
    write_archive(path, {**compiled.members, MANIFEST: manifest_text(complete)})
    return complete


def write_artefact(scheme: nn.Module, manifest: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """Write ``scheme.pt`` for any module with a manifest (`manifest["inputs"]` says how many inputs), unchecked.

    scheme : (column, n_in) -> (column, n_out), contract units both sides, float32. Returns the manifest as written.
    ``export.check_and_write`` writes the same after comparing on real columns.
    """
    n_in = sum(variable["size"] for variable in manifest["inputs"])
    return write_compiled(compile_artefact(scheme, n_in), manifest, Path(path))


def load_scheme(path: str | Path) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    """The exported module (contract units in and out) and its manifest, every member's hash checked.

    Raises ParamnetError when the file is missing, unreadable, edited, carries no manifest, or one of another format version.
    """
    path = Path(path)
    _, manifest = read_archive(path)
    try:
        return from_archive(path.read_bytes()), manifest
    except RuntimeError as error:
        raise ParamnetError(f"scheme {path}: expected TorchScript, libtorch could not read it ({error}); export again") from error


def load_program(path: str | Path) -> Program | None:
    """The program of a ``scheme.pt``; None where the scheme has an operation that the closed list lacks."""
    members, _ = read_archive(Path(path))
    return Program.from_members(members[PROGRAM], members[WEIGHTS]) if PROGRAM in members else None


def read_manifest(path: str | Path) -> dict[str, Any]:
    """The manifest inside a ``scheme.pt``."""
    return read_archive(Path(path))[1]
