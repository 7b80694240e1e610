"""Learning rate as a function of the step alone, so a resumed run needs no saved state: one dataclass per kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paramnet.contract import require
from paramnet.parts import Kind


@dataclass
class ScheduleConfig(Kind, key="trainer.schedule"):
    """Learning rate over the run."""

    kind: str = "step"

    def multiplier(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Factor on the base learning rate at optimizer step ``step`` (0-based)."""
        return 1.0


@dataclass
class Constant(ScheduleConfig, kind="constant"):
    """Constant learning rate."""


@dataclass
class Step(ScheduleConfig, kind="step"):
    """Multiplies the rate by ``factor`` every ``every_epochs``; Rasp et al. (2018): 1/5 every 3."""

    factor: float = 0.2
    every_epochs: int = 3

    def __post_init__(self) -> None:
        _require_factor(self.factor)
        require(self.every_epochs >= 1, "trainer.schedule.every_epochs", "at least 1", self.every_epochs)

    def multiplier(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        return self.factor ** (step // steps_per_epoch // self.every_epochs)


@dataclass
class Plateau(ScheduleConfig, kind="plateau"):
    """Multiplies by ``factor`` after ``patience`` epochs without a better validation loss; the step alone does not change it."""

    factor: float = 0.2
    patience: int = 2

    def __post_init__(self) -> None:
        _require_factor(self.factor)
        require(self.patience >= 0, "trainer.schedule.patience", "a number of epochs", self.patience)


@dataclass
class Cosine(ScheduleConfig, kind="cosine"):
    """Rises linearly over the fraction ``warmup`` of the run, then falls along a cosine to zero."""

    warmup: float = 0.05

    def __post_init__(self) -> None:
        require(0 <= self.warmup < 1, "trainer.schedule.warmup", "a share in [0, 1)", self.warmup)

    def multiplier(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        total = max(1, steps_per_epoch * epochs)
        done = min(step, total) / total
        if done < self.warmup:
            return self._rising(min(step, total), total, done)
        return 0.5 * (1.0 + math.cos(math.pi * (done - self.warmup) / (1.0 - self.warmup)))

    def _rising(self, step: int, total: int, done: float) -> float:
        return (step + 1) / (self.warmup * total + 1)


@dataclass
class OneCycle(Cosine, kind="one_cycle"):
    """Rises along a cosine from 1/25, as in Smith's one-cycle (2018), then falls along one to zero."""

    warmup: float = 0.1

    def _rising(self, step: int, total: int, done: float) -> float:
        return 0.04 + 0.96 * 0.5 * (1.0 - math.cos(math.pi * done / self.warmup))


def _require_factor(factor: float) -> None:
    require(0 < factor <= 1, "trainer.schedule.factor", "a factor in (0, 1]", factor)
