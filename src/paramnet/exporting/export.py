"""``export`` writes the artefact only if it reproduces the trained scheme on real columns."""

from __future__ import annotations

import logging
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paramnet.exporting.artefact import Compiled, compile_artefact, load_program, load_scheme, write_compiled
from paramnet.exporting.checks import Bounds, Reference, require_close, why_too_far
from paramnet.exporting.config import ExportConfig
from paramnet.exporting.correlated import CorrelatedNoise, persistence_of, state_of
from paramnet.exporting.manifest import build_manifest
from paramnet.exporting.program.definition import Program
from paramnet.exporting.source_code import write_source
from paramnet.exporting.unrolling import unroll
from paramnet.files import require_writable_folder
from paramnet.noise import standard_normal
from paramnet.reporting.progress import Progress
from paramnet.scheme import Scheme, load_checkpoint, open_data
from paramnet.scheme.sequences import require_sequences
from paramnet.store import Store

_log = logging.getLogger(__name__)
# Accuracy expected of float32: reordering the sums of a 9 x 256 network alone changes values by half as much. Above it the
# file is still written, with a warning, because rounding errors vary somewhat between trained networks.
AIMS = {"float64_rms": 3e-6, "float64_max": 5e-5}


def export(config: ExportConfig) -> Path:
    """Write ``scheme.pt`` for a checkpoint, and its source code in ``config.language``; return the path of the scheme."""
    scheme = Path(config.scheme) if config.scheme else _export_checkpoint(config)
    if source := config.source_code():
        write_source(source)
    return scheme


def _export_checkpoint(config: ExportConfig) -> Path:
    """Write ``scheme.pt`` for a checkpoint and return its path.

    The module is loaded as a host will load it and compared with the trained module and a float64 evaluation, on real
    samples. Raises ParamnetError, and writes nothing, if it differs by more than the tolerance; ContractMismatch if the store
    has a different contract from the checkpoint, and ParamnetError if a scheme with memory finds no sequences in it.
    """
    checkpoint = load_checkpoint(config.checkpoint)
    store = open_data(checkpoint, config.store)
    inputs = _columns(checkpoint.scheme, store, config)
    training_inputs = np.asarray(store.split("train").inputs[: config.envelope_samples])
    manifest = build_manifest(checkpoint, config.name, config.skill, training_inputs)
    scheme, kept = checkpoint.scheme, checkpoint.scheme.n_in + checkpoint.scheme.memory
    std = np.concatenate([checkpoint.statistics("outputs").std, np.ones(scheme.memory)])
    module: nn.Module = scheme
    if config.noise_hours:
        persistence = persistence_of(config.noise_hours, checkpoint)
        noise = state_of(persistence, config.noise_hours)
        manifest |= noise | {"state": [*manifest["state"], *noise["state"]]}
        earlier = torch.from_numpy(standard_normal(0, 0, 1, np.arange(len(inputs)), scheme.noise))
        inputs = torch.cat([inputs[:, :kept], earlier, inputs[:, kept:]], dim=1)
        std = np.concatenate([std, np.ones(scheme.noise)])
        module = CorrelatedNoise(scheme, kept, persistence)
    check_and_write(module, manifest, Path(config.output), inputs, std, config.bounds(), config.aoti)
    return Path(config.output)


def _columns(scheme: Scheme, store: Store, config: ExportConfig) -> Tensor:
    """Real columns : (column, width), with random numbers, and with the memory that a scheme has in their sequences."""
    require_sequences(scheme.memory, scheme.burn_in, store)
    length = store.sequence if scheme.memory else 1
    samples = max(1, config.samples // length) * length
    inputs = torch.from_numpy(np.asarray(store.split(config.split).inputs[:samples], dtype=np.float32))
    random = torch.from_numpy(standard_normal(0, 0, 0, np.arange(len(inputs)), scheme.noise))
    memory = unroll(scheme, inputs, random, [0.0] * scheme.memory, length)[1] if scheme.memory else inputs[:, :0]
    return torch.cat([inputs, memory, random], dim=1)


def check_and_write(
    scheme: nn.Module,
    manifest: dict[str, Any],
    output: Path,
    inputs: Tensor,
    std: NDArray[np.float64],
    bounds: Bounds,
    aoti: bool = False,
    trust: bool = False,
) -> dict[str, Any]:
    """Write ``scheme.pt`` if the file, loaded as by a host, reproduces ``scheme``; return the manifest, with ``checks``.

    scheme : (column, n_in) -> (column, n_out), contract units, float32. inputs : (column, n_in), real columns, float32, followed
    by their random numbers for a stochastic scheme.
    std : (n_out), of the outputs in the training data, the unit of all differences.
    A program for the native backend that exceeds the bounds is omitted, with the reason in the manifest. ``aoti`` : also
    write a compiled package. ``trust`` : load TorchScript for the comparison even if it could do more than compute.
    Raises ParamnetError, and writes nothing, if TorchScript exceeds the bounds. Of two simultaneous exports to one file, the
    last to finish wins.
    """
    with Progress("steps") as progress:
        show = progress.task(output.name, 4)
        show(0, "compile")
        compiled = compile_artefact(scheme, inputs.shape[1])
        show(1, "compare with the trained scheme")
        names = [variable["name"] for variable in manifest["outputs"] for _ in range(variable["size"])]
        names += [variable["name"] for variable in manifest.get("state", []) for _ in variable["start"]]
        reference = Reference(scheme, inputs, std, names)
        checks, program = _compare(compiled, manifest, output, reference, bounds, trust)
        show(2, "check the program of the native kernel")
        if program is not None:
            compiled = _with_checked_program(compiled, program, checks, reference, bounds, output)
        _report(checks, output)
        show(3, "write")
        complete = manifest | {"checks": checks}
        if aoti:
            written = _write_package(scheme, compiled, complete, reference, bounds, output)
        else:
            written = write_compiled(compiled, complete, output)
        show(4)
    return written


def _with_checked_program(
    compiled: Compiled, program: Program, checks: dict[str, Any], reference: Reference, bounds: Bounds, output: Path
) -> Compiled:
    """Add the program's differences to ``checks``; return ``compiled``, without the program if it exceeds the bounds."""
    checks["native"], checks["bfloat16"] = reference.of_program(program), reference.of_bfloat16(program)
    if not (reason := why_too_far(checks["native"], bounds)):
        return compiled
    _log.warning("%s: no program for the native backend: %s; the scheme runs on libtorch", output, reason)
    del checks["bfloat16"]
    return compiled.without_program(reason)


def _write_package(
    scheme: nn.Module, compiled: Compiled, manifest: dict[str, Any], reference: Reference, bounds: Bounds, output: Path
) -> dict[str, Any]:
    """Write the artefact and a compiled package next to it."""
    from paramnet.exporting.aoti import compiled_package  # imports Inductor: 2 s

    with compiled_package(scheme, output, reference, bounds) as package:
        # A host trusts a package only by the hash inside the artefact: anybody could put one next to it.
        written = write_compiled(compiled, manifest | {"aoti": {"package_sha256": package.sha256}}, output)
        package.place(output)
    return written


def _compare(
    compiled: Compiled, manifest: dict[str, Any], output: Path, reference: Reference, bounds: Bounds, trust: bool
) -> tuple[dict[str, Any], Program | None]:
    """Differences of TorchScript, and the program, both from the file as a host would load it."""
    require_writable_folder(output.parent, "output")
    with tempfile.TemporaryDirectory(prefix="paramnet-export-") as folder:  # private to this process
        candidate = Path(folder) / output.name
        write_compiled(compiled, manifest, candidate)
        load = partial(load_scheme, trust=True) if trust else load_scheme
        checks = reference.of_torchscript(load(candidate)[0])
        require_close(checks, bounds, output)
        return checks, load_program(candidate)


def _report(checks: dict[str, Any], output: Path) -> None:
    for key, aim in AIMS.items():
        if checks[key] > aim:
            _log.warning("%s: %s is %.1e standard deviations in %s, above %.0e", output, key, checks[key], checks["worst_output"], aim)
    _log.info("%s: float64 rms %.1e, max %.1e on %d columns", output, checks["float64_rms"], checks["float64_max"], checks["columns"])
