"""What ``splits=`` can say: shares of blocks, months or dates, climates, boxes of columns, and the gaps between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

CONTROL = "control"


@dataclass
class SplitRule:
    """A share of the blocks, or months (1-12), or dates from ``start`` up to but without ``end`` (YYYY-MM-DD).

    ``climates`` : the archives it holds for, all when empty.
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
    """The three splits, all by fractions of blocks or all by months and dates; without ``train``, a store to evaluate on.

    ``by`` time: blocks are ``block_days`` long, and no two samples of different splits are closer than ``gap_days``.
    ``by`` columns: blocks are boxes of ``box_degrees`` in latitude and longitude, and columns of different splits are no
    closer than ``gap_degrees`` along the great circle; every split has every time. The first ``skip_days`` of each archive
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
            raise ParamnetError("splits: expected a fraction for every split, or months or dates for every split")
        for climate in sorted({name for rule in self.rules.values() for name in rule.climates}) or [CONTROL]:
            fractions = [rule.fraction or 0.0 for rule in self.rules_of(climate).values()]
            if kinds == {"fraction"} and (min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6):
                raise ParamnetError(
                    f"splits: expected fractions of train, validation and test that add up to 1 in climate {climate}, got {fractions}"
                )
        by_column = self.by == "columns"
        if self.by not in ("time", "columns") or (by_column and (kinds != {"fraction"} or self.box_degrees <= self.gap_degrees)):
            raise ParamnetError(
                "splits: expected by time|columns, and for columns fractions and box_degrees > gap_degrees, "
                f"got {self.by!r}, {self.box_degrees}, {self.gap_degrees}"
            )
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

    def rules_of(self, climate: str) -> dict[str, SplitRule]:
        """The rules that hold in an archive; an empty one for splits that take nothing of it."""
        return {name: rule if not rule.climates or climate in rule.climates else SplitRule() for name, rule in self.rules.items()}


def _date_number(text: str) -> int:
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ParamnetError(f"splits: expected a date as YYYY-MM-DD, got {text!r}")
    return int(parts[0]) * 10000 + int(parts[1]) * 100 + int(parts[2])
