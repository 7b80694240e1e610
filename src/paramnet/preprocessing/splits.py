"""Which step belongs to training, validation and test: blocks of time with a gap, so that neighbours do not leak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.steps import Steps
from paramnet.store import SPLITS


@dataclass
class SplitRule:
    """A share of the time blocks, or months (1-12), or dates from ``start`` up to but without ``end`` (YYYY-MM-DD)."""

    fraction: float | None = None
    months: list[int] = field(default_factory=list)
    start: str = ""
    end: str = ""

    @property
    def kind(self) -> str:
        """``fraction``, ``dates`` (months or a range) or ``none``."""
        dated = bool(self.months or self.start or self.end)
        if dated and self.fraction is not None:
            raise ParamnetError("splits: expected a fraction, or months and dates, got both in one split")
        return "dates" if dated else "none" if self.fraction is None else "fraction"

    def contains(self, dates: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of ``dates`` (step, 3) the months and the range hold."""
        inside = np.isin(dates[:, 1], self.months) if self.months else np.ones(len(dates), dtype=bool)
        number = dates @ np.array([10000, 100, 1])
        if self.start:
            inside &= number >= _date_number(self.start)
        if self.end:
            inside &= number < _date_number(self.end)
        return inside


@dataclass
class SplitConfig:
    """The three splits, all by fractions of time blocks of ``block_days`` or all by months and dates.

    No two samples of different splits are closer than ``gap_days``; the first ``skip_days`` are left out.
    """

    train: SplitRule = field(default_factory=lambda: SplitRule(0.8))
    validation: SplitRule = field(default_factory=lambda: SplitRule(0.1))
    test: SplitRule = field(default_factory=lambda: SplitRule(0.1))
    block_days: float = 5.0
    gap_days: float = 1.0
    skip_days: float = 0.0

    def __post_init__(self) -> None:
        kinds = {rule.kind for rule in self.rules.values()} - {"none"}
        if len(kinds) != 1 or self.train.kind == "none":
            raise ParamnetError("splits: expected a fraction for every split, or months or dates for every split, train always")
        fractions = [rule.fraction or 0.0 for rule in self.rules.values()]
        if kinds == {"fraction"} and (min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6):
            raise ParamnetError(f"splits: expected fractions of train, validation and test that add up to 1, got {fractions}")
        swallowed = kinds == {"fraction"} and self.gap_days >= self.block_days
        if self.block_days <= 0 or self.gap_days < 0 or self.skip_days < 0 or swallowed:
            raise ParamnetError(
                f"splits: expected block_days > gap_days >= 0 and skip_days >= 0, got {self.block_days}, {self.gap_days}, {self.skip_days}"
            )
        for rule in self.rules.values():
            if any(month not in range(1, 13) for month in rule.months):
                raise ParamnetError(f"splits: expected months from 1 to 12, got {rule.months}")
            for date in filter(None, (rule.start, rule.end)):
                _date_number(date)

    @property
    def rules(self) -> dict[str, SplitRule]:
        """The rule of each split."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def _date_number(text: str) -> int:
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ParamnetError(f"splits: expected a date as YYYY-MM-DD, got {text!r}")
    return int(parts[0]) * 10000 + int(parts[1]) * 100 + int(parts[2])


@dataclass(frozen=True)
class Assignment:
    """Split of every sample: that of its step, by position in ``SPLITS``, -1 for steps left out."""

    step: NDArray[np.int8]

    @classmethod
    def by_step(cls, split: NDArray[np.str_]) -> Assignment:
        """From the names ``assign_splits`` gives."""
        code = np.full(len(split), -1, dtype=np.int8)
        for number, name in enumerate(SPLITS):
            code[split == name] = number
        return cls(code)

    @property
    def kept(self) -> NDArray[np.int64]:
        """Positions of the steps that are in any split."""
        return np.flatnonzero(self.step >= 0)

    def of(self, steps: NDArray[np.int64], columns: int) -> NDArray[np.int8]:
        """Split (step, column) of the samples of some steps."""
        return np.broadcast_to(self.step[steps, None], (len(steps), columns))


def assign_splits(steps: Steps, config: SplitConfig, usable: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Split of each step, ``""`` for steps left out: not usable, skipped, in no split, or inside a gap.

    Raises ParamnetError when a split that was asked for gets no step.
    """
    usable = usable & (steps.days >= steps.days[0] + config.skip_days)
    split = _by_fraction(steps, config, usable) if config.train.kind == "fraction" else _by_date(steps, config)
    split[~usable] = ""
    _open_gaps(split, steps.days, config.gap_days)
    for name, rule in config.rules.items():
        wanted = rule.kind == "dates" or bool(rule.fraction)
        if wanted and not np.any(split == name):
            raise ParamnetError(
                f"split {name}: expected steps, got none of {len(steps)} between days {steps.days[0]:.3f} and {steps.days[-1]:.3f}; "
                "choose other `splits` (fractions, months, block_days, gap_days) or give more files"
            )
    return split


def _by_fraction(steps: Steps, config: SplitConfig, usable: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Deal the time blocks out: each goes to the split that lags most behind its fraction."""
    if not usable.any():
        raise ParamnetError("splits: expected steps to split, got none: skip_days leaves nothing, or every step lacks the step before it")
    block = np.floor((steps.days - steps.days[usable][0]) / config.block_days).astype(int)
    owner: dict[int, str] = {}
    dealt = dict.fromkeys(config.rules, 0)
    for number, index in enumerate(np.unique(block[usable]), start=1):
        lag = {name: (rule.fraction or 0.0) * number - dealt[name] for name, rule in config.rules.items()}
        owner[index] = max(lag, key=lambda name: lag[name])
        dealt[owner[index]] += 1
    return np.array([owner.get(index, "") for index in block], dtype="U10")


def _by_date(steps: Steps, config: SplitConfig) -> NDArray[np.str_]:
    split = np.full(len(steps), "", dtype="U10")
    for name, rule in config.rules.items():
        if rule.kind == "none":
            continue
        inside = rule.contains(steps.date)
        if np.any(split[inside] != ""):
            raise ParamnetError(
                f"splits: expected splits that do not overlap, got dates in {name} that {split[inside & (split != '')][0]} has too"
            )
        split[inside] = name
    return split


def _open_gaps(split: NDArray[np.str_], days: NDArray[np.float64], gap_days: float) -> None:
    """Leave out, in place, each step that follows a kept one of another split by less than the gap."""
    last_kept: dict[str, float] = {}
    for position in np.flatnonzero(split != ""):
        name, day = str(split[position]), float(days[position])
        if any(other != name and day - last < gap_days for other, last in last_kept.items()):
            split[position] = ""
        else:
            last_kept[name] = day


def describe_splits(splits: Assignment, steps: Steps, config: SplitConfig) -> dict[str, Any]:
    """What the store records about its splits: steps, first and last day, and the smallest distance between splits."""
    table: dict[str, Any] = {"block_days": config.block_days, "gap_days": config.gap_days, "skip_days": config.skip_days}
    for code, name in enumerate(SPLITS):
        days = steps.days[splits.step == code]
        table[name] = {"steps": len(days)} | ({"first_day": float(days[0]), "last_day": float(days[-1])} if len(days) else {})
    kept = splits.step >= 0
    days, codes = steps.days[kept], splits.step[kept]
    changes = codes[1:] != codes[:-1]
    table["smallest_distance_days"] = float(np.diff(days)[changes].min()) if changes.any() else None
    table["left_out_steps"] = int((~kept).sum())
    return table
