"""Compile a scheme ahead of time with torch's Inductor to ``scheme.pt2``, for one kind of processor and one torch version."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.exporting.archive import MANIFEST, read_archive
from paramnet.exporting.checks import Bounds, Reference, why_too_far
from paramnet.exporting.program.lowering import trace
from paramnet.files import put_in_place, sha256_of, write_json

_log = logging.getLogger(__name__)
FORMAT, VERSION = "paramnet-aoti", 1
# x86-64-v3 in the names of __builtin_cpu_supports; wider vectors are read from the package.
BASELINE, BASELINE_FEATURES = "x86-64-v3", ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")


def package_path(artefact: Path) -> Path:
    """The path of ``scheme.pt2`` for a ``scheme.pt``; its metadata are in ``scheme.pt2.json``."""
    return artefact.with_name(artefact.stem + ".pt2")


@dataclass(frozen=True)
class Package:
    """A compiled and checked scheme in a temporary folder, not yet next to its artefact."""

    path: Path
    checks: dict[str, Any]

    @property
    def sha256(self) -> str:
        return sha256_of(self.path)

    def place(self, artefact: Path) -> dict[str, Any]:
        """Move the package next to the artefact, whose manifest already has its hash; write and return its metadata."""
        final = package_path(artefact)
        metadata: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "manifest_sha256": hashlib.sha256(read_archive(artefact)[0][MANIFEST]).hexdigest(),
            "package_sha256": self.sha256,
            "torch_version": torch.__version__.split("+")[0],
            "device": "cpu",
            "machine": platform.machine(),
            "isa": required_features(self.path),
            "checks": self.checks,
        }
        put_in_place(self.path, final)
        write_json(final.with_name(final.name + ".json"), metadata)
        _log.info("%s: needs torch %s and %s", final, metadata["torch_version"], " ".join(metadata["isa"]))
        return metadata


@contextmanager
def compiled_package(scheme: nn.Module, artefact: Path, reference: Reference, bounds: Bounds) -> Iterator[Package]:
    """Compile the scheme and compare it on real columns, in a temporary folder next to the artefact.

    Needs a C++ compiler and half a minute or more. Raises ParamnetError, and removes its files, if the scheme cannot be
    compiled or the package does not reproduce it.
    """
    if platform.machine() != "x86_64":
        raise ParamnetError("aoti", expected="an x86-64 processor", got=platform.machine(), remedy="export without aoti=true")
    artefact.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=artefact.parent, prefix=".aoti-") as folder:
        path = _compile(scheme, reference.inputs.shape[1], Path(folder) / package_path(artefact).name)
        yield Package(path, _check(path, reference, bounds))


def _compile(scheme: nn.Module, n_in: int, package: Path) -> Path:
    settings = {
        "cpp.march": BASELINE,  # not `native`, which would use every instruction of this machine
        "cpp.dynamic_threads": True,  # the number allowed by the host at each call, not that of this machine
    }
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)  # from torch, about its pytrees
            written = torch._inductor.aoti_compile_and_package(trace(scheme, n_in), package_path=str(package), inductor_configs=settings)
    except (RuntimeError, AttributeError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ParamnetError(
            "aoti",
            expected=f"a scheme that torch {torch.__version__} can compile",
            got=f"a failure ({reason})",
            remedy="export without aoti=true",
        ) from error
    return Path(written)


def _check(package: Path, reference: Reference, bounds: Bounds) -> dict[str, Any]:
    run = torch._inductor.aoti_load_package(str(package))
    with torch.inference_mode():
        outputs = run(reference.inputs)
        alone = run(reference.inputs[:1])
    checks = reference.differences(outputs.numpy())
    checks["alone_max"] = float(((alone - outputs[:1]).abs().double().numpy() / reference.std).max())
    reason = why_too_far(checks, bounds)
    if not reason and not checks["alone_max"] <= bounds.max_against_trained:
        reason = f"a column evaluated alone differs from the same in a batch by {checks['alone_max']:.2e} standard deviations"
    if reason:
        raise ParamnetError(
            "aoti", expected="a compiled package that reproduces the trained scheme", got=reason, remedy="export without aoti=true"
        )
    return checks


def required_features(package: Path) -> list[str]:
    """Processor features that the package needs, from its own metadata, in the names of ``__builtin_cpu_supports``."""
    from torch._inductor import cpu_vec_isa  # takes 2 s

    with zipfile.ZipFile(package) as archive:
        texts = [json.loads(archive.read(name)) for name in archive.namelist() if name.endswith("_metadata.json")]
    vectors = {text["AOTI_CPU_ISA"] for text in texts}
    known = {str(isa).upper(): isa for isa in cpu_vec_isa.valid_vec_isa_list()}
    if len(vectors) != 1 or not vectors <= known.keys():
        raise ParamnetError(
            "AOTI_CPU_ISA",
            expected=f"one of {', '.join(sorted(known))}",
            got=", ".join(sorted(vectors)) or "none",
            where=str(package),
            remedy="export again on this machine",
        )
    flags = known[vectors.pop()].build_arch_flags().split()
    return sorted({*BASELINE_FEATURES, *(flag.removeprefix("-m") for flag in flags)})
