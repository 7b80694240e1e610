"""``train``: fit a scheme to a store and write the best and the last checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks import LinearModel
from paramnet.scheme.sequences import require_sequences
from paramnet.store import Store, open_store
from paramnet.training.base import carry_statistics, open_base
from paramnet.training.claim import claimed
from paramnet.training.config import TrainConfig
from paramnet.training.data import Share
from paramnet.training.description import describe
from paramnet.training.identity import identity_of
from paramnet.training.linear import fit_linear, fit_linear_baseline
from paramnet.training.network import fit_network
from paramnet.training.processes import accelerator_of, quiet_unless_first, start_processes, started_elsewhere
from paramnet.training.resuming import TrainResult, finished, read_named, read_result


def train(config: TrainConfig, callbacks: Sequence[Callback] = ()) -> TrainResult:
    """Fit a scheme, resuming from ``last.ckpt`` as configured by ``resume``. ``callbacks``: additional Lightning callbacks.

    Writes ``best.ckpt``, ``last.ckpt``, ``linear/best.ckpt`` (a linear network fitted to the same data),
    ``log/version_<n>/metrics.csv`` (one n per run begun), ``identity.json`` and ``train.json`` in ``config.output``. Raises
    StoreError for an unusable store, ContractMismatch if store, configured contract and resumed checkpoint have different
    contracts, and ParamnetError if ``output`` holds a run of other settings or data, or is used by another process.
    """
    quiet_unless_first()
    store = open_store(config.store)
    if config.contract:
        store.require_contract(Contract.from_yaml(config.contract), f"contract {config.contract}")
    processes = _require_processes(config)
    lightning.seed_everything(config.seed, workers=True, verbose=False)
    given = config
    config, base = open_base(config, store)
    _require_sequences(config, store, processes)
    description = describe(config, store)
    if base is not None and "compressed" in base.meta:
        description["compressed"] = base.meta["compressed"]
    identity = identity_of(description)
    read_named(config, store, identity)
    with claimed(config, store, identity):
        _prepare_torch(config)  # the linear network, too: its last bits depend on the number of threads
        if finished(config, identity):
            result = read_result(Path(config.output))
        elif processes > 1 and not started_elsewhere():
            start_processes(train, given, config.trainer)
            return read_result(Path(config.output))
        else:
            if base is None and isinstance(config.model, LinearModel):
                return fit_linear(config, store, description, Path(config.output))
            if base is not None and config.adapters.keeps_normalization:
                carry_statistics(description, base, store)
            result = fit_network(config, store, description, identity, base, callbacks)
        if config.linear_baseline and not isinstance(config.model, LinearModel):
            fit_linear_baseline(config, store)
        return result


def _require_processes(config: TrainConfig) -> int:
    """Return the number of processes of the run. Raises ParamnetError if batch, network or machine do not allow it."""
    processes = config.trainer.devices * config.trainer.nodes
    Share(0, processes).batch(config.trainer.batch_size)
    if processes > 1 and isinstance(config.model, LinearModel):
        raise ParamnetError("model=linear", expected="one process", got=str(processes), remedy="set trainer.devices=1 trainer.nodes=1")
    accelerator_of(config.trainer)
    return processes


def _require_sequences(config: TrainConfig, store: Store, processes: int) -> None:
    """Raise ParamnetError unless a network with memory has sequences, and batches that are whole numbers of them in every process."""
    require_sequences(config.model.memory_numbers, config.model.uncounted_steps, store)
    unit = store.sequence * processes
    if config.model.memory_numbers and config.trainer.batch_size % unit:
        raise ParamnetError(
            "trainer.batch_size",
            expected=f"a multiple of {unit} samples: sequences of {store.sequence} steps in each of {processes} processes",
            got=str(config.trainer.batch_size),
            where=f"store {store.path}",
        )


def _prepare_torch(config: TrainConfig) -> None:
    if config.trainer.threads:
        torch.set_num_threads(config.trainer.threads)
    torch.set_float32_matmul_precision(config.trainer.matmul)
