"""Sweeps: the trials that overrides with several values stand for, and what a trial's folder is called."""

from __future__ import annotations

from hashlib import sha256

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser


def is_swept(override: str) -> bool:
    """Whether an override has several values."""
    return bool(OverridesParser.create().parse_override(override).is_sweep_override())


def expand(overrides: list[str]) -> list[list[str]]:
    """The swept overrides of each trial, in order; empty where nothing is swept. Values that are fixed are left out."""
    parsed = OverridesParser.create().parse_overrides(overrides)
    swept = [override for override in parsed if override.is_sweep_override()]
    if not swept:
        return []
    return [list(trial) for trial in BasicSweeper.split_arguments(swept, max_batch_size=None)[0]]


def trial_name(overrides: list[str]) -> str:
    """The folder of a trial: the same for the same overrides in any order, so a repeated trial resumes."""
    return f"trial_{sha256(chr(0).join(sorted(overrides)).encode()).hexdigest()[:10]}"
