"""Checkpoints: weights with contract, statistics, model configuration and provenance, as plain data only."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.adapters import attach, merge
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, InputConfig
from paramnet.scheme.scheme import Scheme
from paramnet.store import ColumnStatistics, Store

__all__ = [
    "FORMAT_VERSION",
    "MEMBER",
    "SCHEME_PREFIX",
    "Checkpoint",
    "build_scheme",
    "load_checkpoint",
    "read_checkpoint",
    "require_checkpoint_of",
    "statistics_to",
]

FORMAT_VERSION = 1
MEMBER = "paramnet"  # key of the metadata in a Lightning checkpoint
SCHEME_PREFIX = "scheme."
SCHEME = "it is an exported scheme"


@dataclass(frozen=True)
class Checkpoint:
    """A trained scheme and its metadata. Unpacks as ``scheme, contract, meta``.

    ``meta`` : ``statistics`` (inputs/outputs as plain lists), ``model``, ``features``, ``constraints``, ``inputs``, ``adapters``,
    ``training`` (configuration), ``store`` (absolute path, content, provenance, times fitted to), ``base``, ``scores``, ``epoch``,
    ``path``.
    """

    scheme: Scheme
    contract: Contract
    meta: dict[str, Any]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.scheme, self.contract, self.meta))

    def statistics(self, side: str) -> ColumnStatistics:
        """Statistics of the training data, ``inputs`` or ``outputs``."""
        return _statistics_from(self.meta["statistics"][side])


def statistics_to(statistics: ColumnStatistics) -> dict[str, Any]:
    """Statistics as in a checkpoint: plain lists with one number per column, contract units. ``Checkpoint.statistics`` reads them."""
    names = ("mean", "std", "min", "max", "constant", "quantiles")
    return {name: getattr(statistics, name).tolist() for name in names} | {"quantile_levels": list(statistics.quantile_levels)}


def _statistics_from(table: dict[str, Any]) -> ColumnStatistics:
    values = {name: value for name, value in table.items() if name != "quantile_levels"}
    arrays = {name: np.asarray(value, dtype=bool if name == "constant" else np.float64) for name, value in values.items()}
    return ColumnStatistics(**arrays, quantile_levels=tuple(table["quantile_levels"]))


def build_scheme(meta: dict[str, Any]) -> Scheme:
    """Build the untrained scheme described by a checkpoint's metadata, with its adapters."""
    scheme = Scheme(
        Contract.from_dict(meta["contract"]),
        _statistics_from(meta["statistics"]["inputs"]),
        _statistics_from(meta["statistics"]["outputs"]),
        ModelConfig.read(meta["model"]),
        [FeatureConfig(**feature) for feature in meta["features"]],
        [ConstraintConfig(**constraint) for constraint in meta["constraints"]],
        InputConfig.of_checkpoint(meta),
    )
    attach(scheme.network, AdapterConfig.read(meta.get("adapters", {})))
    return scheme


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a raw checkpoint. Raises ParamnetError if the file is missing, unreadable or not written by ``paramnet train``."""
    path = Path(path)
    if not path.is_file():
        raise ParamnetError(
            f"checkpoint {path}", expected="a checkpoint of `paramnet train`", got="no such file", remedy="make it with `paramnet train`"
        )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*looks like a TorchScript archive")  # refused with its name below
            raw: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many types, with the advice to run the code in the file
        kind = _kind_of(path)
        raise ParamnetError(
            f"checkpoint {path}",
            expected="a checkpoint of `paramnet train`",
            got=f"a file that could not be read ({kind})",
            remedy="evaluate it with `paramnet evaluate scheme=…`" if kind == SCHEME else "give best.ckpt or last.ckpt of a training run",
        ) from error
    if not isinstance(raw, dict) or MEMBER not in raw:
        raise ParamnetError(
            f"checkpoint {path}", expected="a checkpoint of `paramnet train`", got="a file without contract", remedy="train again"
        )
    version = raw[MEMBER].get("format_version")
    if version != FORMAT_VERSION:
        raise ParamnetError(
            f"checkpoint {path}", expected=f"format_version {FORMAT_VERSION}", got=repr(version), remedy="train again with this version"
        )
    return raw


def _kind_of(path: Path) -> str:
    """Guess the type of a file from its first bytes and its members; none of its code is run."""
    if path.stat().st_size == 0:
        return "it is empty"
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            head = stream.read(4)
        return "it is truncated" if head == b"PK\x03\x04" else "it has another format"
    with zipfile.ZipFile(path) as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
    if "extra/paramnet.json" in names:
        return SCHEME
    return "it is TorchScript" if any(name.startswith("code/") for name in names) else "it contains more than plain data, or is damaged"


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Load a trained scheme, in evaluation mode: ``scheme, contract, meta = load_checkpoint(path)``.

    Raises ParamnetError if the file is missing, unreadable or of another version, or if its contract was edited.
    """
    raw = read_checkpoint(path)
    meta = dict(raw[MEMBER])
    contract = Contract.from_dict(meta["contract"])
    if contract.digest != meta["contract_digest"]:
        raise ParamnetError(
            "contract digest",
            expected=meta["contract_digest"][:12],
            got=f"{contract.digest[:12]} (the contract in the file was edited)",
            where=f"checkpoint {path}",
            remedy="train again",
        )
    scheme = build_scheme(meta)
    weights = {key.removeprefix(SCHEME_PREFIX): value for key, value in raw["state_dict"].items() if key.startswith(SCHEME_PREFIX)}
    scheme.load_state_dict(weights)
    merge(scheme.network)
    meta["epoch"], meta["path"] = raw.get("epoch"), str(path)
    return Checkpoint(scheme.eval(), contract, meta)


def require_checkpoint_of(path: Path, store: Store) -> None:
    """Raise ContractMismatch unless the checkpoint has the contract of the store."""
    contract = Contract.from_dict(read_checkpoint(path)[MEMBER]["contract"])
    store.require_contract(contract, f"checkpoint {path}")
