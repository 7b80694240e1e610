"""Learning rate as a function of the step alone, so a resumed run needs no saved state."""

from __future__ import annotations

import math

from paramnet.training.trainer_config import ScheduleConfig


def rate_multiplier(config: ScheduleConfig, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Factor on the base learning rate at optimizer step ``step`` (0-based); 1 for plateau, which depends on losses."""
    if config.kind in ("constant", "plateau"):
        return 1.0
    if config.kind == "step":
        return config.factor ** (step // steps_per_epoch // config.every_epochs)
    total = max(1, steps_per_epoch * epochs)
    done = min(step, total) / total
    if done < config.warmup and config.kind == "cosine":
        return (min(step, total) + 1) / (config.warmup * total + 1)
    if done < config.warmup:
        # From 1/25, as in Smith's one-cycle; cosine up, cosine down.
        return 0.04 + 0.96 * 0.5 * (1.0 - math.cos(math.pi * done / config.warmup))
    return 0.5 * (1.0 + math.cos(math.pi * (done - config.warmup) / (1.0 - config.warmup)))
