"""Assignment of samples to training, validation and test by blocks of time, season, climate or columns, with gaps against leakage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.preprocessing.splits.rules import CONTROL, SplitConfig, SplitRule
from paramnet.sources.time_axis.steps import Steps
from paramnet.store import SPLITS

__all__ = ["deal"]


@stored
@dataclass(frozen=True)
class Assignment:
    """Split of every sample as an index into ``SPLITS``, -1 if left out: that of its step or, if ``column`` is given, of its
    column."""

    step: NDArray[np.int8]
    column: NDArray[np.int8] | None = None

    @classmethod
    def by_step(cls, split: NDArray[np.str_], column: NDArray[np.int8] | None = None) -> Assignment:
        """Build from the names that ``assign_splits`` returns."""
        code = np.full(len(split), -1, dtype=np.int8)
        for number, name in enumerate(SPLITS):
            code[split == name] = number
        return cls(code, column)

    @property
    def kept(self) -> NDArray[np.int64]:
        """Positions of the steps that are in any split."""
        return np.flatnonzero(self.step >= 0)

    def of(self, steps: NDArray[np.int64], columns: int) -> NDArray[np.int8]:
        """Return the split (step, column) of the samples of some steps."""
        by_step = self.step[steps, None] if self.column is None else self.column[None]
        return np.broadcast_to(by_step, (len(steps), columns))


def assign_splits(
    steps: Steps,
    config: SplitConfig,
    usable: NDArray[np.bool_],
    climates: Sequence[str] = (CONTROL,),
) -> NDArray[np.str_]:
    """Return the split of each step, ``""`` for steps left out: not usable, skipped, in no split, or inside a gap.

    With splits by columns all kept steps are ``train``. Raises ParamnetError if a requested split has no step, or a rule names an
    unknown climate.
    """
    split = np.full(len(steps), "", dtype="U10")
    unknown = {name for rule in config.rules.values() for name in rule.climates} - set(climates)
    if unknown:
        raise ParamnetError(
            "splits", expected=f"climates among {list(climates)}", got=str(sorted(unknown)), remedy="give their archives under `climates`"
        )
    for number, climate in enumerate(climates):
        here = np.flatnonzero(steps.climate == number)
        part, rules = steps.part(here), config.rules_of(climate)
        kept = usable[here] & (part.days >= part.days[0] + config.skip_days) if len(here) else usable[here]
        if config.by == "columns":
            of_climate = np.full(len(part), "train", dtype="U10")
        else:
            by_fraction = any(rule.kind == "fraction" for rule in config.rules.values())
            of_climate = _by_fraction(part, config, rules, kept) if by_fraction else _by_date(part, rules)
        of_climate[~kept] = ""
        if config.by == "time":
            _open_gaps(of_climate, part.days, config.gap_days)
        split[here] = of_climate
    for name, rule in config.rules.items():
        wanted = rule.kind == "dates" or bool(rule.fraction)
        if wanted and (config.by == "time" or name == "train") and not np.any(split == name):
            raise ParamnetError(
                f"split {name}",
                expected="at least one step",
                got=f"none of {len(steps)} between days {steps.days.min():.3f} and {steps.days.max():.3f}",
                remedy="choose other `splits` (fractions, months, block_days, gap_days), or give more files",
            )
    return split


def _by_fraction(steps: Steps, config: SplitConfig, rules: dict[str, SplitRule], usable: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Assign blocks of time by fraction."""
    if not any(rule.fraction for rule in rules.values()):
        return np.full(len(steps), "", dtype="U10")  # no split uses this archive
    if not usable.any():
        raise ParamnetError(
            "splits",
            expected="at least one usable step",
            got=f"none of {len(steps)}, as all are within skip_days or without their earlier steps",
            remedy="set a smaller skip_days, or give consecutive files",
        )
    block = np.floor((steps.days - steps.days[usable][0]) / config.block_days).astype(int)
    numbers = np.unique(block[usable])
    owner = dict(zip(numbers.tolist(), deal(len(numbers), rules), strict=True))
    return np.array([owner.get(index, "") for index in block], dtype="U10")


def deal(blocks: int, rules: dict[str, SplitRule]) -> list[str]:
    """Assign each block to the split that is furthest behind its fraction."""
    owners: list[str] = []
    assigned = dict.fromkeys(rules, 0)
    for number in range(1, blocks + 1):
        lag = {name: (rule.fraction or 0.0) * number - assigned[name] for name, rule in rules.items()}
        owners.append(max(lag, key=lambda name: lag[name]))
        assigned[owners[-1]] += 1
    return owners


def _by_date(steps: Steps, rules: dict[str, SplitRule]) -> NDArray[np.str_]:
    split = np.full(len(steps), "", dtype="U10")
    for name, rule in rules.items():
        if rule.kind == "none":
            continue
        inside = rule.contains(steps.date)
        if np.any(split[inside] != ""):
            raise ParamnetError(
                "splits",
                expected="splits that do not overlap",
                got=f"dates in both {split[inside & (split != '')][0]} and {name}",
                remedy="correct months, start or end",
            )
        split[inside] = name
    return split


def _open_gaps(split: NDArray[np.str_], days: NDArray[np.float64], gap_days: float) -> None:
    """Clear, in place, each step that is less than the gap after a kept step of another split."""
    last_kept: dict[str, float] = {}
    for position in np.flatnonzero(split != ""):
        name, day = str(split[position]), float(days[position])
        if any(other != name and day - last < gap_days for other, last in last_kept.items()):
            split[position] = ""
        else:
            last_kept[name] = day


def describe_splits(splits: Assignment, steps: Steps, config: SplitConfig) -> dict[str, Any]:
    """Return the description for the store: steps, first and last day of each split, and the smallest distance between splits.

    Raises ParamnetError if samples of different splits are closer than the gap: a check of the final result against leakage.
    """
    table: dict[str, Any] = {"by": config.by, "block_days": config.block_days, "gap_days": config.gap_days, "skip_days": config.skip_days}
    for code, name in enumerate(SPLITS):
        days = steps.days[splits.step == code] if splits.column is None else steps.days[splits.step >= 0]
        table[name] = {"steps": len(days)} | ({"first_day": float(days.min()), "last_day": float(days.max())} if len(days) else {})
    distances = [_smallest_distance(splits.step[here], steps.days[here]) for here in _climates(steps)]
    smallest = min((distance for distance in distances if distance is not None), default=None)
    if splits.column is None and smallest is not None and smallest < config.gap_days * (1 - 1e-9):
        raise ParamnetError("splits", expected=f"samples of different splits at least {config.gap_days} days apart", got=f"{smallest} days")
    table["smallest_distance_days"] = smallest if splits.column is None else 0.0
    table["left_out_steps"] = int((splits.step < 0).sum())
    return table


def left_out_steps(
    steps: Steps, code: NDArray[np.int8], has_earlier: NDArray[np.bool_], selected: NDArray[np.bool_], config: SplitConfig
) -> dict[str, int]:
    """Count the steps in no split by the first reason that applies. ``code`` : (step), -1 if left out."""
    first_day = np.empty(len(steps))
    for places in _climates(steps):
        first_day[places] = steps.days[places].min()
    left, counts = code < 0, {}
    for reason, here in (
        ("without the steps before them", ~has_earlier),
        ("not selected", ~selected),
        ("within skip_days", steps.days < first_day + config.skip_days),
        ("in a gap or in no split", np.ones(len(steps), dtype=bool)),
    ):
        counts[reason] = int((left & here).sum())
        left &= ~here
    return counts


def _climates(steps: Steps) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(steps.climate == number) for number in np.unique(steps.climate)]


def _smallest_distance(code: NDArray[np.int8], days: NDArray[np.float64]) -> float | None:
    """Return the days between the two nearest steps of different splits; None if there is only one split."""
    order = np.argsort(days[code >= 0], kind="stable")
    days, code = days[code >= 0][order], code[code >= 0][order]
    changes = code[1:] != code[:-1]
    return float(np.diff(days)[changes].min()) if changes.any() else None
