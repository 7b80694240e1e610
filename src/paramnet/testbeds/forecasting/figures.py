"""Figure of forecasts."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from paramnet.reporting.style import save
from paramnet.testbeds.forecasting.judging import Judge
from paramnet.testbeds.forecasting.model import Model

STYLES = {
    "esn_low": ("echo state network", "#d55e00", (0, (3, 1.5, 1, 1.5))),
    "random": ("random feature maps", "#0072b2", (0, (2, 1))),
    "d2r2": ("D2R2", "#009e73", "-"),
}


def example(judge: Judge, models: dict[str, Model], folder: Path) -> Path:
    """One forecast of the first variable, and the share of valid forecasts by lead time."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.2), layout="constrained")
    runs = {name: judge.run(model.forecast, model.before) for name, model in models.items()}
    valid = {name: judge.valid_of(run) for name, run in runs.items()}
    longest = 1.15 * max(float(times.mean()) for times in valid.values())
    shown = min(len(judge.future), round(longest / judge.lyapunov_times))
    time = np.arange(shown) * judge.lyapunov_times
    left.plot(time, judge.future[:shown, 0, 0], color="#000000", lw=2.0, label="truth")
    low, high = judge.future[:shown, 0, 0].min(), judge.future[:shown, 0, 0].max()
    for name, run in runs.items():
        label, colour, dash = STYLES[name]
        left.plot(time, run[:shown, 0, 0], color=colour, linestyle=dash, lw=1.0, label=label)
        lead = np.append(0, np.sort(valid[name]))
        right.step(lead, 1 - np.arange(len(lead)) / (len(lead) - 1), where="post", color=colour, linestyle=dash, label=label)
    left.set(xlabel="Lyapunov times", ylabel="first variable", ylim=(low - 0.1 * (high - low), high + 0.1 * (high - low)))
    right.set(xlabel="lead time, Lyapunov times", ylabel="share of valid forecasts", ylim=(0, 1.02), xlim=(0, None))
    right.legend(fontsize=7.5)
    return save(figure, folder, "forecasts")
