"""The scheme to evaluate: a checkpoint, or a scheme.pt exported from one or imported from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from paramnet.contract import Contract, Fields, ParamnetError, reading
from paramnet.exporting import load_program, load_scheme, read_manifest
from paramnet.exporting.first_step import MEMORY, MOST, Carried, FirstStep, carried_of
from paramnet.exporting.program.module import ProgramModule
from paramnet.inspection.scheme_file import flop_of
from paramnet.scheme import Checkpoint, Described, find_trained_store, load_checkpoint, open_data, part_in_training
from paramnet.scheme.networks import flop_per_column, parameter_count
from paramnet.scheme.sequences import require_sequences
from paramnet.store import ColumnStatistics, Store, StoreError, open_store


@dataclass(frozen=True)
class Training:
    """Training of a scheme.pt as stored in it: ``meta`` with ``path``, ``store``, ``training``, ``inputs``, as in a checkpoint."""

    contract: Contract
    meta: dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """``scheme`` : (column, n_in) -> (column, n_out), contract units. ``differentiable`` : the same, for the Jacobian.

    ``random_numbers`` : that a stochastic scheme takes per column, after its inputs; ``differentiable`` takes zeros instead.
    ``memory`` : at the start, of a scheme that keeps it from step to step, which ``differentiable`` takes always. It is unrolled over
    sequences of ``length`` samples, those of the store (see ``on``), whose first ``burn_in`` are not scored.
    ``training`` is None if unknown, as for an imported network; ``checkpoint`` is None for a scheme.pt. ``about`` : rows of the
    report's provenance.
    """

    path: str
    scheme: nn.Module
    differentiable: nn.Module
    contract: Contract
    training: Described | None
    checkpoint: Checkpoint | None
    about: dict[str, Any]
    random_numbers: int = 0
    memory: tuple[float, ...] = ()
    burn_in: int = 0
    length: int = 1

    def on(self, store: Store) -> Candidate:
        """The candidate for the sequences of a store. Raises ParamnetError if they do not suffice for its memory."""
        require_sequences(len(self.memory), self.burn_in, store)
        return replace(self, length=store.sequence)

    def whole(self, samples: int) -> int:
        """The number of samples of whole sequences in ``samples``, at least one sequence."""
        return max(1, samples // self.length) * self.length

    def counted(self, samples: int) -> NDArray[np.bool_]:
        """Which of the samples are scored : (sample), of whole sequences."""
        return np.arange(samples) % self.length >= self.burn_in

    def trained_store(self, other: Store) -> Store | None:
        """The store of the training, if it is ``other`` or still exists at its path."""
        return find_trained_store(self.training, other) if self.training else None

    def part_in_training(self, split: str, store: Store) -> str:
        """Use of a split in training, as text for a report."""
        return part_in_training(split, self.training, store) if self.training else "; the scheme does not say what its training saw"

    def statistics(self, side: str, store: Store) -> ColumnStatistics | None:
        """Statistics of the training data, else of the train split of the evaluated store, else None."""
        if self.checkpoint is not None:
            return self.checkpoint.statistics(side)
        try:
            return (self.trained_store(store) or store).statistics(side)
        except StoreError:
            return None

    def open_store(self, path: str) -> Store:
        """The store at ``path``, or that of the training; raise ParamnetError if there is none or its contract differs."""
        if self.checkpoint is not None or (not path and self.training is not None):
            assert self.training is not None
            return open_data(self.training, path)
        if not path:
            raise ParamnetError("store, input", expected=f"data to evaluate {self.path} on", got="none", remedy="set store=… or input=…")
        store = open_store(path)
        self.require_contract(store)
        return store

    def require_contract(self, store: Store) -> None:
        """Raise ContractMismatch unless the store's contract is the scheme's, apart from name and description (an import has its own)."""
        own = replace(self.contract, name=store.contract.name, description=store.contract.description)
        own.require_same(store.contract, self.path, f"store {store.path}")


def _first_step(scheme: nn.Module, carried: Carried, contract: Contract) -> nn.Module:
    return FirstStep(scheme, carried.row, contract.n_out) if carried.row else scheme


def of_checkpoint(path: str) -> Candidate:
    """Load a checkpoint of ``paramnet train``."""
    found = load_checkpoint(path)
    about = {
        "checkpoint": Path(path).name,
        "epoch": found.meta.get("epoch"),
        "training_seed": found.meta["training"].get("seed"),
        "model": found.meta["model"],
        "parameters": parameter_count(found.scheme),
        "flop_per_column": flop_per_column(found.scheme, found.scheme.width),
    }
    memory, noise, burn_in = [0.0] * found.scheme.memory, found.scheme.noise, found.scheme.burn_in
    smooth = _first_step(found.scheme, Carried({MEMORY: memory}, noise), found.contract)
    return Candidate(f"checkpoint {path}", found.scheme, smooth, found.contract, found, found, about, noise, tuple(memory), burn_in)


def of_scheme(path: str, trust: bool) -> Candidate:
    """Load a scheme.pt as a host would. The Jacobian is computed from its program, if it has one, in float64.

    Raises ParamnetError if its TorchScript could do more than compute, unless its author is known (``trust``).
    """
    with reading(f"scheme {path}", "a scheme.pt of `paramnet export` or `paramnet import`", "export again"):
        script, values = load_scheme(path, trust)
        manifest = Fields(values, f"scheme {path}")
        contract = Contract.from_dict(manifest.get("contract"), f"scheme {path}: contract")
        program = load_program(path)
        network, provenance = manifest.optional_fields("network"), manifest.optional_fields("provenance")
        parameters = network.whole("parameters") if network.values else provenance.values.get("parameters")
        flop = network.number("flop_per_column") if network.values else flop_of(program) if program else None
        about = {
            "scheme": Path(path).name,
            "epoch": provenance.values.get("epoch"),
            "training_seed": provenance.optional_fields("training").values.get("seed"),
            "model": provenance.values.get("model") or {"imported from": provenance.values.get("imported_from", "elsewhere")},
            "parameters": int(parameters or sum(weight.numel() for weight in script.parameters())),
            "flop_per_column": flop,
        }
        carried = carried_of(values, f"scheme {path}")
        training = _training(contract, provenance, path)
    if not carried.state.keys() <= {MEMORY}:
        got = f"one that keeps {', '.join(carried.state)} from step to step"
        expected, remedy = "a scheme without state, or with memory", "evaluate its checkpoint, or an export without noise_hours"
        raise ParamnetError(f"scheme {path}", expected=expected, got=got, remedy=remedy)
    smooth = _first_step(ProgramModule(program) if program else script, carried, contract)
    memory, model, noise = tuple(carried.row[: carried.size]), provenance.optional_fields("model"), carried.random_numbers
    burn_in = model.whole("burn_in", most=MOST) if memory and model.has("burn_in") else 0
    return Candidate(f"scheme {path}", script, smooth, contract, training, None, about, noise, memory, burn_in)


def how_data_were_read(checkpoint: str, scheme: str) -> dict[str, Any]:
    """Settings of the preprocessing that made the training data; {} if unknown."""
    if checkpoint:
        config: dict[str, Any] = load_checkpoint(checkpoint).meta["store"]["provenance"].get("config", {})
        return config
    manifest = Fields(read_manifest(scheme), f"scheme {scheme}")
    store = manifest.optional_fields("provenance").optional_fields("store")
    return store.optional_fields("provenance").optional_fields("config").values


def _training(contract: Contract, provenance: Fields, path: str) -> Training | None:
    """Training of a scheme; None if it does not identify its training data by content."""
    store, training = provenance.optional_fields("store"), provenance.optional_fields("training")
    if not store.has("content") or not training.has("fit_on"):
        return None
    runs = store.optional_fields("days").values
    known = {key: store.text(key) for key in ("content", "path")} | {key: store.values.get(key) for key in ("time_units", "calendar")}
    if runs:
        known["days"] = {name: [[float(first), float(last)] for first, last in found] for name, found in runs.items()}
    fitted = {"fit_on": training.texts("fit_on"), "validate_on": training.values.get("validate_on")}
    return Training(
        contract,
        {"kind": "scheme", "path": path, "store": known, "training": fitted, "inputs": provenance.optional_fields("inputs").values},
    )
