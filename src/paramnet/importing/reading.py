"""Read an existing network with its tables, match it to a contract, and build its scheme and its float64 evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.importing.bare import read_bare
from paramnet.importing.cam_text import read_cam_text
from paramnet.importing.columns import assumed_range, draw_columns, read_columns
from paramnet.importing.config import ImportConfig
from paramnet.importing.fold import fold, input_affine
from paramnet.importing.keras_file import read_keras
from paramnet.importing.layers import FUNCTION_PARAMETERS, LayerGraph
from paramnet.importing.network import ImportedScheme, absorb_rounding, build_module
from paramnet.importing.plausibility import column_name, require_divisors, require_means, require_ranges, warn_of_contradictions
from paramnet.importing.tables import Table
from paramnet.scheme.normalization.features import Features

Array = NDArray[np.float64]
Envelope = dict[str, dict[str, Array]]  # "inputs", "outputs" -> "min", "max", each (column of the tensor)

_NEGLIGIBLE = 1e-6  # of the largest spread among a variable's levels


@dataclass(frozen=True)
class ImportedNetwork:
    """A network, its tables and the scheme built from them.

    ``graph`` : its layers (None: bare TorchScript). ``tables`` : numbers per column by name. ``envelope`` : known ranges.
    ``constant`` : (n_out), true for outputs that never varied in training; the scheme returns that constant exactly.
    ``columns`` : (column, n_in), contract units, to check the scheme on. ``evaluate`` : (column, n_in) -> (column, n_out), both
    normalized, in float64 from the files' own numbers; None for bare TorchScript.
    """

    contract: Contract
    graph: LayerGraph | None
    evaluate: Callable[[Array], Array] | None
    columns: Array
    tables: dict[str, Array]
    envelope: Envelope
    constant: NDArray[np.bool_]
    scheme: ImportedScheme
    features: Features | None = None

    def exact(self, columns: Array) -> Array:
        """Outputs : (column, n_out), float64, contract units, in NumPy from the files' own numbers.

        Raises ParamnetError if an output varies that is constant in the envelope.
        """
        if self.evaluate is None:
            raise ParamnetError(
                "bare TorchScript",
                expected="a network with an independent float64 evaluation",
                got="none",
                remedy="compare with the module itself in float64",
            )
        z = (with_features(columns, self.features) - self.tables["input_subtract"]) / self.tables["input_divide"]
        outputs = self.evaluate(z) / self.tables["output_divide"] + self.tables["output_add"]
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
                    f"envelope.output_min, output_max of {name} level {level}",
                    expected="min < max, because the network's output varies",
                    got=f"one number, with outputs that vary by {std[columns][level]:.1e}",
                    remedy="check that ranges and network belong together",
                )


def read_network(config: ImportConfig) -> ImportedNetwork:
    """Read the configured network; raise ParamnetError naming a file that is missing or does not match the contract."""
    contract = Contract.from_yaml(config.contract)
    features = Features(contract, config.features) if config.features else None
    graph, evaluate = _read_graph(config, contract, contract.n_in + (features.width if features else 0))
    tables, envelope = _read_tables(config, contract, features), _read_envelope(config, contract)
    _compare_with_contract(config, contract, tables, envelope)
    columns = _columns(config, contract, tables, envelope)
    constant = np.zeros(contract.n_out, dtype=bool)
    if "outputs" in envelope:
        constant = envelope["outputs"]["min"] == envelope["outputs"]["max"]
    offset = np.where(constant, envelope["outputs"]["min"], tables["output_add"]) if constant.any() else tables["output_add"]
    merged = dict(tables)
    if graph is None:
        seen = with_features(columns, features)
        probes = ((seen - tables["input_subtract"]) / tables["input_divide"]).astype(np.float32)
        module = read_bare(Path(config.file), config.argument_widths, torch.from_numpy(probes), config.trust)
    else:
        graph, merged = _with_own_normalization(graph, tables)
        module = build_module(absorb_rounding(graph, merged["input_subtract"], merged["input_divide"]))
    scheme = ImportedScheme(module, **{**merged, "output_add": offset}, constant=constant, features=features)
    scheme.eval()
    return ImportedNetwork(contract, graph, evaluate, columns, tables, envelope, constant, scheme, features)


def with_features(columns: Array, features: Features | None) -> Array:
    """The contract's columns followed by the features : (column, n_in + features), float64."""
    if features is None:
        return columns
    with torch.no_grad():
        return np.concatenate([columns, features.raw(torch.from_numpy(columns)).numpy()], axis=1)


def _with_own_normalization(graph: LayerGraph, tables: dict[str, Array]) -> tuple[LayerGraph, dict[str, Array]]:
    """The folded graph, and the tables combined with the network's own first affine layer.

    A large mean subtracted before any multiplication costs no precision; folded into a kernel it would.
    """
    first = input_affine(graph)
    if first is None:
        return fold(graph), tables
    scale, shift, graph = first
    subtract, divide = tables["input_subtract"], tables["input_divide"]
    return fold(graph), tables | {"input_subtract": subtract - divide * shift / scale, "input_divide": divide / scale}


def _read_graph(config: ImportConfig, contract: Contract, n_in: int) -> tuple[LayerGraph | None, Callable[[Array], Array] | None]:
    """The layers and a float64 evaluation to check them; for a complete Keras model, one that shares no code with the layers."""
    if config.source == "torchscript":
        return None, None
    slope = FUNCTION_PARAMETERS.get(config.activation, 0.0) if config.negative_slope is None else config.negative_slope
    evaluate: Callable[[Array], Array]
    if config.source == "keras":
        network = read_keras(Path(config.file), n_in, config.activation, slope)
        graph, evaluate = network.graph, network.exact
    else:
        graph = read_cam_text(Path(config.folder), n_in, config.activation, slope)
        evaluate = graph.evaluate
    if graph.n_out != contract.n_out:
        raise ParamnetError(
            "network outputs",
            expected=f"{contract.n_out} as in contract {contract.name}",
            got=str(graph.n_out),
            where=config.file or config.folder,
            remedy="check that contract and network belong together",
        )
    return graph, evaluate


def _columns(config: ImportConfig, contract: Contract, tables: dict[str, Array], envelope: Envelope) -> Array:
    if config.columns:
        return read_columns(Path(config.columns), contract)
    if "inputs" in envelope:
        low, high = envelope["inputs"]["min"], envelope["inputs"]["max"]
    else:
        own = slice(0, contract.n_in)
        low, high = assumed_range(contract, tables["input_subtract"][own], tables["input_divide"][own])
    return draw_columns(contract, low, high, config.samples)


def _compare_with_contract(config: ImportConfig, contract: Contract, tables: dict[str, Array], envelope: Envelope) -> None:
    """Raise ParamnetError if the tables belong to other variables; warn if they contradict one another."""
    for key in ("input_divide", "output_divide"):
        given = getattr(config.normalization, key)
        is_input = key.startswith("input")
        variables, columns = (contract.inputs, contract.input_columns) if is_input else (contract.outputs, contract.output_columns)
        require_divisors(key, tables[key], variables, columns, source=str(config.base / given.file) if given.file else "the configuration")
    for side, ranges in envelope.items():
        require_ranges(contract, side, ranges["min"], ranges["max"])
    subtract = config.normalization.input_subtract
    if subtract.file or subtract.values:
        require_means(contract, tables["input_subtract"], tables["input_divide"])
        if "inputs" in envelope:
            warn_of_contradictions(contract, tables["input_subtract"], envelope["inputs"]["min"], envelope["inputs"]["max"])


def _read_tables(config: ImportConfig, contract: Contract, features: Features | None) -> dict[str, Array]:
    # Without tables, a bare TorchScript network reads and returns contract units itself.
    neutral = {"input_subtract": 0.0, "input_divide": 1.0, "output_divide": 1.0, "output_add": 0.0}
    given = {name: getattr(config.normalization, name) for name in neutral}
    tables = {name: table if table.given else Table(constant=neutral[name]) for name, table in given.items()}
    extra: dict[str, int] = {}
    for feature, width in zip(config.features, features.widths if features else [], strict=True):
        extra[feature.kind if feature.kind not in extra else f"{feature.kind}_{len(extra)}"] = width
    return {name: _numbers(name, table, config, contract, extra if name.startswith("input") else {}) for name, table in tables.items()}


def _read_envelope(config: ImportConfig, contract: Contract) -> Envelope:
    """The given ranges of the training data; raise ParamnetError if a minimum exceeds its maximum."""
    envelope: Envelope = {}
    sides = {"input": (contract.inputs, contract.input_columns), "output": (contract.outputs, contract.output_columns)}
    for side in ("input", "output"):
        tables = {end: getattr(config.envelope, f"{side}_{end}") for end in ("min", "max")}
        if not tables["min"].given:
            continue
        ranges = {end: _numbers(f"{side}_{end}", table, config, contract, {}) for end, table in tables.items()}
        wrong = np.flatnonzero(ranges["min"] > ranges["max"])
        if wrong.size:
            raise ParamnetError(
                f"envelope.{side}_min, {side}_max of {column_name(*sides[side], int(wrong[0]))}",
                expected="min <= max",
                got=f"{ranges['min'][wrong[0]]} > {ranges['max'][wrong[0]]}",
                remedy="check that the two tables are not swapped",
            )
        envelope[f"{side}s"] = ranges
    return envelope


def _numbers(name: str, table: Table, config: ImportConfig, contract: Contract, extra: dict[str, int]) -> Array:
    columns = contract.input_columns if name.startswith("input") else contract.output_columns
    sizes = {variable: part.stop - part.start for variable, part in columns.items()}
    return table.numbers(name, sizes | extra, config.base, config.names)
