"""``import_scheme`` writes a ``scheme.pt`` from an existing network, its normalization and a contract."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import paramnet
from paramnet.contract import Contract
from paramnet.exporting import check_and_write, contract_manifest
from paramnet.exporting.checks import Bounds
from paramnet.importing.agreement import agreement, require_agreement, spread
from paramnet.importing.bare import UNKNOWABLE, require_columns
from paramnet.importing.cam_text import source_files
from paramnet.importing.config import ImportConfig
from paramnet.importing.layers import LayerGraph
from paramnet.importing.reading import ImportedNetwork, read_network

_log = logging.getLogger(__name__)
Array = NDArray[np.float64]


def import_scheme(config: ImportConfig) -> Path:
    """Write ``scheme.pt`` for an existing network and return its path.

    The scheme is compared with a float64 evaluation of the network's own files, on the user's columns or on drawn ones.
    Raises ParamnetError, and writes nothing, if a file is missing, damaged or does not match the contract's shape, if a
    layer is unknown, or if the scheme's results differ from those of the files.
    """
    network = read_network(config)
    columns = network.columns
    inputs = torch.from_numpy(columns.astype(np.float32))
    provenance = _provenance(config, network)
    if network.graph is None:
        # Check the bare module, not the scheme around it, which would silently broadcast a single output to all.
        require_columns(network.scheme.network, network.scheme.normalize(inputs), network.contract, config.file)
        with torch.inference_mode():
            outputs = network.scheme(inputs).double().numpy()
        _log.warning("%s: a bare TorchScript file does not contain: %s", config.file, "; ".join(UNKNOWABLE))
    else:
        outputs = network.exact(columns)
        found = agreement(network.scheme, network.contract, columns, outputs)
        require_agreement(found, config.rms, config.max, config.file or config.folder)
        provenance["agreement_with_files"] = found
    if not network.envelope:
        _log.warning("%s: without ranges of the training data, the host's guard cannot detect inputs outside them", config.output)
    bounds = Bounds(config.rms, config.max)
    manifest = _manifest(config, network, provenance)
    check_and_write(network.scheme, manifest, Path(config.output), inputs, spread(outputs), bounds, trust=config.trust)
    return Path(config.output)


def _manifest(config: ImportConfig, network: ImportedNetwork, provenance: dict[str, Any]) -> dict[str, Any]:
    envelope = {side: {end: numbers.tolist() for end, numbers in ends.items()} for side, ends in network.envelope.items()}
    contract = _with_output_scales(network.contract, config.source, network.tables["output_divide"])
    return contract_manifest(contract, config.name) | {"envelope": envelope or None, "provenance": provenance, "skill": {}}


def _with_output_scales(contract: Contract, source: str, divide: Array) -> Contract:
    """The contract with the divisors of the network's outputs in its description: no file of a network contains them."""
    parts = []
    for name, columns in contract.output_columns.items():
        numbers = np.unique(divide[columns])
        parts.append(f"{name} by {numbers[0]:g}" if len(numbers) == 1 else f"{name} by {numbers[0]:g} to {numbers[-1]:g}")
    description = f"{contract.description} Imported from {source}; the network's outputs are divided: {', '.join(parts)}."
    return dataclasses.replace(contract, description=description)


def _provenance(config: ImportConfig, network: ImportedNetwork) -> dict[str, Any]:
    """Origin of the scheme: the hash of every file read, and a summary of its layers."""
    files = source_files(Path(config.folder)) if config.source == "cam_text" else [Path(config.file)]
    tables = [*vars(config.normalization).values(), *vars(config.envelope).values()]
    files += [config.base / table.file for table in tables if table.file]
    found: dict[str, Any] = {
        "imported_from": config.source,
        "note": config.note,
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "normalization": dataclasses.asdict(config.normalization),
        "checked_on": config.columns or f"columns drawn from its {'envelope' if 'inputs' in network.envelope else 'normalization'}",
        "constant_outputs": int(network.constant.sum()),
        "paramnet_version": paramnet.__version__,
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return found | (_layers(network.graph) if network.graph else {"cannot_be_known": list(UNKNOWABLE)})


def _layers(graph: LayerGraph) -> dict[str, Any]:
    widths = [len(layer.weight) for layer in graph.layers if layer.kind == "dense" and layer.weight is not None]
    functions = sorted({f"{layer.function}({layer.parameter:g})" for layer in graph.layers if layer.function})
    return {"widths": [graph.n_in, *widths], "functions": functions, "parameters": graph.n_parameters}
