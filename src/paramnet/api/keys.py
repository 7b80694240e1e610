"""The keys of each command as keywords, with their types. ``paramnet COMMAND --help`` lists them with defaults and comments.

A group is chosen by name (``model="unet"``); a dict changes its keys (``trainer={"epochs": 3}``). A group that is chosen and changed is
written with dotted keys: ``trainer="one_cycle", **{"trainer.epochs": 3}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, TypedDict

Group = str | Mapping[str, Any] | None
File = str | PathLike[str]


class PreprocessKeys(TypedDict, total=False):
    """Keys of ``paramnet preprocess``."""

    config_dir: File
    experiment: Group
    site: Group
    paths: Mapping[str, File]
    cluster: Group
    splits: Group
    select: Group
    source: Group
    contract: File
    input: File
    climates: Mapping[str, File]
    store: File
    sequence: int
    seed: int
    chunk_samples: int
    compression: str
    block_megabytes: float
    max_invalid_fraction: float
    quantile_samples: int
    quality_page: bool
    on_bad_file: str
    repeated_steps: str
    overwrite: bool


class TrainKeys(TypedDict, total=False):
    """Keys of ``paramnet train``."""

    config_dir: File
    experiment: Group
    site: Group
    paths: Mapping[str, File]
    model: Group
    adapters: Group
    loss: Group
    trainer: Group
    logger: Group
    physics: Group
    sweep: Group
    features: Sequence[Mapping[str, Any]]
    constraints: Sequence[Mapping[str, Any]]
    store: File
    output: File
    contract: File
    fit_on: Sequence[str]
    validate_on: str
    linear_baseline: bool
    linear_ridge: float
    inputs: Mapping[str, Any]
    seed: int
    resume: File
    overwrite: bool


class EvaluateKeys(TypedDict, total=False):
    """Keys of ``paramnet evaluate``."""

    config_dir: File
    experiment: Group
    paths: Mapping[str, File]
    source: Group
    checkpoint: File
    scheme: File
    trust: bool
    output: File
    store: File
    input: File
    overwrite: bool
    linear_checkpoint: File
    split: str
    climatology: str
    active_watts: float
    raining: float
    limit: int
    chunk: int
    members: Sequence[File]
    draws: int
    jacobian_columns: int
    noise_samples: int
    network_samples: int
    lanczos_steps: int
    lanczos_probes: int
    envelope_samples: int


class ExportKeys(TypedDict, total=False):
    """Keys of ``paramnet export``."""

    config_dir: File
    experiment: Group
    paths: Mapping[str, File]
    checkpoint: File
    scheme: File
    language: str
    output: File
    store: File
    split: str
    samples: int
    rms: float
    max: float
    max_against_trained: float
    envelope_samples: int
    skill: File
    name: str
    noise_hours: Sequence[float]
    aoti: bool
