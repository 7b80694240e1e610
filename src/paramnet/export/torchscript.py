"""The one door to ``torch.jit`` (deprecated upstream since torch 2.11, still what libtorch loads)."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from paramnet.contract import ParamnetError

MANIFEST = "paramnet.json"


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit", category=DeprecationWarning)
        yield


def compile_scheme(scheme: nn.Module) -> torch.jit.ScriptModule:
    """The scheme as TorchScript: scripted, so that neither batch size nor input dtype is baked in.

    Not frozen: freezing gains nothing on the CPU, and a frozen module cannot be moved to another device or precision.
    """
    with _quiet():
        script: torch.jit.ScriptModule = torch.jit.script(scheme.eval())
    return script


def save_scheme(script: torch.jit.ScriptModule, manifest: dict[str, Any], path: Path) -> None:
    """Write ``scheme.pt`` with its manifest inside, aside first, so that a host never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".incomplete")
    with _quiet():
        torch.jit.save(script, str(aside), _extra_files={MANIFEST: json.dumps(manifest, indent=1, allow_nan=False).encode()})
    os.replace(aside, path)


def _load(path: Path) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    if not path.is_file():
        raise ParamnetError(f"scheme {path}: no such file; make it with `paramnet export`")
    members: dict[str, Any] = {MANIFEST: b""}
    try:
        with _quiet():
            script = torch.jit.load(str(path), map_location="cpu", _extra_files=members)
    except RuntimeError as error:
        raise ParamnetError(
            f"scheme {path}: expected a TorchScript file of `paramnet export`, could not read it ({error}); export again"
        ) from error
    if not members[MANIFEST]:
        raise ParamnetError(f"scheme {path}: expected {MANIFEST} inside, found none; export it with `paramnet export`")
    return script, json.loads(members[MANIFEST])


def load_scheme(path: str | Path) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    """The exported module (contract units in and out) and its manifest.

    Raises ParamnetError when the file is missing, unreadable, carries no manifest, or one of another format version.
    """
    script, manifest = _load(Path(path))
    if manifest.get("format") != "paramnet-scheme" or manifest.get("format_version") != 1:
        raise ParamnetError(
            f"scheme {path}: expected format paramnet-scheme version 1, got {manifest.get('format')!r} "
            f"version {manifest.get('format_version')!r}; export again"
        )
    return script.eval(), manifest


def read_manifest(path: str | Path) -> dict[str, Any]:
    """The manifest inside a ``scheme.pt``."""
    return load_scheme(path)[1]
