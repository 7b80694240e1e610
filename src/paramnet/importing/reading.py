"""An existing network with its tables, read and fitted to a contract: what it computes in float64, and the scheme made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.importing.bare import read_bare
from paramnet.importing.cam_text import read_cam_text
from paramnet.importing.config import ImportConfig
from paramnet.importing.keras_file import read_keras
from paramnet.importing.layers import LayerGraph
from paramnet.importing.network import ImportedScheme, absorb_rounding, build_module
from paramnet.importing.tables import Table

Array = NDArray[np.float64]
Envelope = dict[str, dict[str, Array]]  # "inputs", "outputs" -> "min", "max", each (column of the tensor)

_NEGLIGIBLE = 1e-6  # of the largest spread among a variable's levels


@dataclass(frozen=True)
class ImportedNetwork:
    """``graph`` : its layers (None: bare TorchScript). ``tables`` : numbers per column by name. ``envelope`` : what is known.

    ``constant`` : (n_out), true for outputs that never varied in training; the scheme gives that constant exactly.
    """

    contract: Contract
    graph: LayerGraph | None
    tables: dict[str, Array]
    envelope: Envelope
    constant: NDArray[np.bool_]
    scheme: ImportedScheme

    def exact(self, columns: Array) -> Array:
        """Outputs : (column, n_out), float64, contract units, in NumPy from the files' own numbers.

        Raises ParamnetError where an output said to be constant varies.
        """
        if self.graph is None:
            raise ParamnetError("bare TorchScript: it has no evaluation but its own; compare with the module in float64")
        z = (columns - self.tables["input_subtract"]) / self.tables["input_divide"]
        outputs = self.graph.evaluate(z) / self.tables["output_divide"] + self.tables["output_add"]
        self._require_constant(outputs)
        if self.constant.any():
            outputs[:, self.constant] = self.envelope["outputs"]["min"][self.constant]
        return outputs

    def _require_constant(self, outputs: Array) -> None:
        std = outputs.std(axis=0)
        for name, columns in self.contract.output_columns.items():
            wrong = self.constant[columns] & (std[columns] > _NEGLIGIBLE * std[columns].max())
            if wrong.any():
                level = int(np.argmax(wrong))
                raise ParamnetError(
                    f"envelope.output_min, output_max: {name} level {level} is constant there, but the network varies by "
                    f"{std[columns][level]:.1e}; check that ranges and network belong together"
                )


def read_network(config: ImportConfig) -> ImportedNetwork:
    """The network of the configuration; ParamnetError naming a file that is missing or does not fit the contract."""
    contract = Contract.from_yaml(config.contract)
    graph = _read_graph(config, contract)
    tables, envelope = _read_tables(config, contract), _read_envelope(config, contract)
    constant = np.zeros(contract.n_out, dtype=bool)
    if "outputs" in envelope:
        constant = envelope["outputs"]["min"] == envelope["outputs"]["max"]
    offset = np.where(constant, envelope["outputs"]["min"], tables["output_add"]) if constant.any() else tables["output_add"]
    if graph is None:
        module = read_bare(Path(config.file))
    else:
        module = build_module(absorb_rounding(graph, tables["input_subtract"], tables["input_divide"]))
    scheme = ImportedScheme(module, **{**tables, "output_add": offset}, constant=constant)
    scheme.eval()
    return ImportedNetwork(contract, graph, tables, envelope, constant, scheme)


def _read_graph(config: ImportConfig, contract: Contract) -> LayerGraph | None:
    if config.source == "torchscript":
        return None
    read = read_keras if config.source == "keras" else read_cam_text
    graph = read(Path(config.file or config.folder), contract.n_in, config.activation, config.negative_slope)
    if graph.n_out != contract.n_out:
        raise ParamnetError(
            f"{config.file or config.folder}: expected {contract.n_out} outputs as contract {contract.name} has, got {graph.n_out}; "
            "check that contract and network belong together"
        )
    return graph


def _read_tables(config: ImportConfig, contract: Contract) -> dict[str, Array]:
    # Where a bare TorchScript file says nothing, it takes and gives contract units itself.
    neutral = {"input_subtract": 0.0, "input_divide": 1.0, "output_divide": 1.0, "output_add": 0.0}
    given = {name: getattr(config.normalization, name) for name in neutral}
    tables = {name: table if table.given else Table(constant=neutral[name]) for name, table in given.items()}
    return {name: _numbers(name, table, config, contract) for name, table in tables.items()}


def _read_envelope(config: ImportConfig, contract: Contract) -> Envelope:
    """Ranges of the training data, those that were given; ParamnetError where a minimum exceeds its maximum."""
    envelope: Envelope = {}
    for side in ("input", "output"):
        tables = {end: getattr(config.envelope, f"{side}_{end}") for end in ("min", "max")}
        if not tables["min"].given:
            continue
        ranges = {end: _numbers(f"{side}_{end}", table, config, contract) for end, table in tables.items()}
        wrong = np.flatnonzero(ranges["min"] > ranges["max"])
        if wrong.size:
            raise ParamnetError(
                f"envelope.{side}_min, {side}_max: expected min <= max, got {ranges['min'][wrong[0]]} > {ranges['max'][wrong[0]]} "
                f"in column {wrong[0]}; are the two exchanged?"
            )
        envelope[f"{side}s"] = ranges
    return envelope


def _numbers(name: str, table: Table, config: ImportConfig, contract: Contract) -> Array:
    if name.startswith("input"):
        return table.numbers(name, contract.inputs, contract.input_columns, config.base)
    return table.numbers(name, contract.outputs, contract.output_columns, config.base)
