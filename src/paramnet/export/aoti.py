"""``scheme.pt2``: the scheme compiled ahead of time by torch's inductor, for one kind of processor and one torch version."""

from __future__ import annotations

import hashlib
import json
import logging
import os
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
from torch._inductor import cpu_vec_isa

from paramnet.contract import ParamnetError
from paramnet.export.archive import MANIFEST, read_archive
from paramnet.export.checks import Bounds, Reference, why_too_far
from paramnet.export.lowering import trace
from paramnet.files import sha256_of, write_json

_log = logging.getLogger(__name__)
FORMAT, VERSION = "paramnet-aoti", 1
# What every compiler calls x86-64-v3, in the names of __builtin_cpu_supports; vectors beyond it are read from the package.
BASELINE, BASELINE_FEATURES = "x86-64-v3", ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")


def package_path(artefact: Path) -> Path:
    """``scheme.pt2`` of ``scheme.pt``; its papers stand in ``scheme.pt2.json``."""
    return artefact.with_name(artefact.stem + ".pt2")


@dataclass(frozen=True)
class Package:
    """A compiled scheme in a temporary folder, compared on real columns, not yet beside its artefact."""

    path: Path
    checks: dict[str, Any]

    @property
    def sha256(self) -> str:
        return sha256_of(self.path)

    def place(self, artefact: Path) -> dict[str, Any]:
        """Move the package and its papers beside the artefact, whose manifest names its hash already; returns the papers."""
        final = package_path(artefact)
        papers: dict[str, Any] = {
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
        os.replace(self.path, final)
        write_json(final.with_name(final.name + ".json"), papers)
        _log.info("%s: needs torch %s and %s", final, papers["torch_version"], " ".join(papers["isa"]))
        return papers


@contextmanager
def compiled_package(scheme: nn.Module, artefact: Path, reference: Reference, bounds: Bounds) -> Iterator[Package]:
    """Compile the scheme and compare it on real columns, in a temporary folder beside the artefact that is to name it.

    Takes a C++ compiler and half a minute or more. Raises ParamnetError, and leaves nothing behind, where it cannot be
    compiled or computes something else.
    """
    if platform.machine() != "x86_64":
        raise ParamnetError(f"aoti: expected an x86-64 processor, got {platform.machine()}; export without aoti=true")
    artefact.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=artefact.parent, prefix=".aoti-") as folder:
        path = _compile(scheme, reference.inputs.shape[1], Path(folder) / package_path(artefact).name)
        yield Package(path, _check(path, reference, bounds))


def _compile(scheme: nn.Module, n_in: int, package: Path) -> Path:
    settings = {
        "cpp.march": BASELINE,  # not `native`, which would let the compiler use whatever this machine has
        "cpp.dynamic_threads": True,  # as many as the host allows at each call, not as many as there are here
    }
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)  # torch's own, about its pytrees
            written = torch._inductor.aoti_compile_and_package(trace(scheme, n_in), package_path=str(package), inductor_configs=settings)
    except (RuntimeError, AttributeError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ParamnetError(f"aoti: torch {torch.__version__} could not compile the scheme ({reason}); export without aoti=true") from error
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
        reason = f"one column alone differs from the same among others by {checks['alone_max']:.2e} standard deviations"
    if reason:
        raise ParamnetError(f"aoti: the compiled package is not what was trained: {reason}; export without aoti=true")
    return checks


def required_features(package: Path) -> list[str]:
    """What the package's code needs of a processor, by the names of ``__builtin_cpu_supports``, as the package itself tells."""
    with zipfile.ZipFile(package) as archive:
        texts = [json.loads(archive.read(name)) for name in archive.namelist() if name.endswith("_metadata.json")]
    vectors = {text["AOTI_CPU_ISA"] for text in texts}
    known = {str(isa).upper(): isa for isa in cpu_vec_isa.valid_vec_isa_list()}
    if len(vectors) != 1 or not vectors <= known.keys():
        raise ParamnetError(f"aoti: expected one of {sorted(known)} in the package's metadata, got {sorted(vectors)}; export again here")
    flags = known[vectors.pop()].build_arch_flags().split()
    return sorted({*BASELINE_FEATURES, *(flag.removeprefix("-m") for flag in flags)})
