"""Configuration of splits (``splits=``): fractions of blocks, months or dates, climates, boxes of columns, and gaps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

__all__ = ["SplitConfig"]

CONTROL = "control"


@dataclass
class SplitRule:
    """A fraction of the blocks, or months (1-12), or dates from ``start`` to ``end`` (YYYY-MM-DD, ``end`` excluded).

    ``climates`` : archives that the rule applies to; empty for all.
    """

    fraction: float | None = None
    months: list[int] = field(default_factory=list)
    start: str = ""
    end: str = ""
    climates: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``fraction``, ``dates`` (months or a range) or ``none``."""
        dated = bool(self.months or self.start or self.end)
        if dated and self.fraction is not None:
            raise ParamnetError("splits", expected="a fraction, or months and dates", got="both in one split")
        return "dates" if dated else "none" if self.fraction is None else "fraction"

    def contains(self, dates: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return the mask of ``dates`` (step, 3) within the months and the range."""
        inside = np.isin(dates[:, 1], self.months) if self.months else np.ones(len(dates), dtype=bool)
        number = dates @ np.array([10000, 100, 1])
        if self.start:
            inside &= number >= _date_number(self.start)
        if self.end:
            inside &= number < _date_number(self.end)
        return inside


@dataclass
class SplitConfig:
    """The three splits, all by fractions of blocks or all by months and dates. A store without ``train`` is for evaluation.

    ``by`` time: blocks are ``block_days`` long, and samples of different splits are at least ``gap_days`` apart.
    ``by`` columns: blocks are boxes of ``box_degrees`` in latitude and longitude, and columns of different splits are at
    least ``gap_degrees`` apart along the great circle; every split has all times. The first ``skip_days`` of each archive
    are left out.
    """

    train: SplitRule = field(default_factory=lambda: SplitRule(0.8))
    validation: SplitRule = field(default_factory=lambda: SplitRule(0.1))
    test: SplitRule = field(default_factory=lambda: SplitRule(0.1))
    block_days: float = 5.0
    gap_days: float = 1.0
    skip_days: float = 0.0
    by: str = "time"
    box_degrees: float = 30.0
    gap_degrees: float = 5.0

    def __post_init__(self) -> None:
        kinds = {rule.kind for rule in self.rules.values()} - {"none"}
        if len(kinds) != 1:
            raise ParamnetError(
                "splits",
                expected="a fraction for every split, or months or dates for every split",
                got=", ".join(f"{name} by {rule.kind}" for name, rule in self.rules.items()),
            )
        for climate in sorted({name for rule in self.rules.values() for name in rule.climates}) or [CONTROL]:
            fractions = [rule.fraction or 0.0 for rule in self.rules_of(climate).values()]
            if kinds == {"fraction"} and (min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6):
                raise ParamnetError(
                    "splits",
                    expected=f"fractions of train, validation and test that add up to 1 in climate {climate}",
                    got=str(fractions),
                )
        if self.by not in ("time", "columns"):
            raise ParamnetError("splits.by", expected="time or columns", got=repr(self.by))
        if self.by == "columns" and kinds != {"fraction"}:
            raise ParamnetError("splits", expected="fractions with by=columns", got="months or dates")
        if self.by == "columns" and self.box_degrees <= self.gap_degrees:
            raise ParamnetError("splits", expected="box_degrees > gap_degrees", got=f"{self.box_degrees} and {self.gap_degrees}")
        no_block_left = kinds == {"fraction"} and self.gap_days >= self.block_days
        if self.block_days <= 0 or self.gap_days < 0 or no_block_left:
            raise ParamnetError("splits", expected="block_days > gap_days >= 0", got=f"{self.block_days} and {self.gap_days}")
        if self.skip_days < 0:
            raise ParamnetError("splits.skip_days", expected="0 or more", got=str(self.skip_days))
        for name, rule in self.rules.items():
            if any(month not in range(1, 13) for month in rule.months):
                raise ParamnetError(f"splits.{name}.months", expected="numbers from 1 to 12", got=str(rule.months))
            for date in filter(None, (rule.start, rule.end)):
                _date_number(date)

    @property
    def rules(self) -> dict[str, SplitRule]:
        """The rule of each split."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def rules_of(self, climate: str) -> dict[str, SplitRule]:
        """Return the rules for an archive; an empty rule for splits that do not use it."""
        return {name: rule if not rule.climates or climate in rule.climates else SplitRule() for name, rule in self.rules.items()}


def _date_number(text: str) -> int:
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ParamnetError("splits", expected="a date as YYYY-MM-DD", got=repr(text))
    return int(parts[0]) * 10000 + int(parts[1]) * 100 + int(parts[2])
