"""Forecast models of a system, learned from its series alone: settings chosen on validation starts, scores over seeds."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.reporting.progress import Progress
from paramnet.testbeds.findings import Findings
from paramnet.testbeds.forecasting.choices import LABELS, Choice, choices
from paramnet.testbeds.forecasting.config import ForecastConfig
from paramnet.testbeds.forecasting.judging import Judge, persistence
from paramnet.testbeds.forecasting.model import Model
from paramnet.testbeds.forecasting.truths import EXPONENT_63, exponent_of_three_tiers, lorenz63, three_tiers

BEFORE = 110  # records before a start, for reservoirs
WINDOWS = 4  # starts in a series, half a horizon apart
COLUMNS = {
    "valid": "valid time, Lyapunov times",
    "r2": "R² of the increment",
    "hellinger": "Hellinger distance",
    "energy_distance": "energy distance",
    "autocorrelation_rmse": "autocorrelation, RMSE",
    "crossings_error": "regime changes, relative error",
    "cost": "multiplications a step",
    "seconds": "training, s",
}
TITLES = {"lorenz63": "Testbed Lorenz 63", "lorenz96_three": "Testbed Lorenz 96, three tiers"}


class Forecasting:
    """Series, judges and the runs of all rows."""

    def __init__(self, config: ForecastConfig) -> None:
        self.config = config
        self.truth = lorenz63() if config.equations == "lorenz63" else three_tiers()
        self.exponent = EXPONENT_63 if config.equations == "lorenz63" else exponent_of_three_tiers(self.truth)
        sizes = [config.seeds * config.members, *(-(-starts // WINDOWS) for starts in (config.validation_starts, config.starts))]
        records = max(config.length, BEFORE + config.horizon + (WINDOWS - 1) * (config.horizon // 2))
        training, validation, test = self.truth.series(sum(sizes), records, seed=1).split(sizes, dim=1)
        self.training = training[: config.length].split(config.members, dim=1)
        self.validation = self._judge(validation, config.validation_starts)
        self.test = self._judge(test, config.starts)
        self.settings: dict[str, tuple[Choice, float]] = {}

    def _judge(self, series: Tensor, starts: int) -> Judge:
        """Starts in several windows of each member."""
        length, apart = BEFORE + self.config.horizon, self.config.horizon // 2
        windows = torch.cat([series[apart * window : apart * window + length] for window in range(WINDOWS)], 1)[:, :starts]
        return Judge(windows, BEFORE, self.config.threshold, self.truth.interval * self.exponent)

    def choose(self, candidates: list[Choice]) -> tuple[Choice, float]:
        """The settings and the ridge with the longest valid time on the validation starts, for the first training."""
        best, longest = (candidates[0], self.config.ridges[0]), -1.0
        for one in candidates:
            model = Model(one.features, one.sites, 0.0)
            regression = model.learn(self.training[0])
            for ridge in self.config.ridges:
                valid = float(self.validation.valid(model.solved(regression, ridge)).mean())
                if valid > longest:
                    best, longest = (one, ridge), valid
        return best

    def trained(self, choice: Choice, ridge: float, seed: int) -> tuple[Model, float]:
        """The model of a seed, and the seconds of its training."""
        began = time.perf_counter()
        model = Model(choice.features, choice.sites, ridge, seed)
        return model.solved(model.learn(self.training[seed]), ridge), time.perf_counter() - began

    def _cost(self, model: Model) -> float:
        """Multiplications of a step of all sites."""
        return float(model.cost * (1 if model.sites.width is None else self.training[0].shape[-1]))

    def run(self) -> dict[str, list[dict[str, Any]]]:
        """Scores of each row, one entry for each seed."""
        options = choices(self.config.equations, self.config.nodes)
        found: dict[str, list[dict[str, Any]]] = {"none": [self.test.scores(persistence) | {"cost": 0.0, "seconds": 0.0}]}
        with Progress("rows") as progress:
            show = progress.task(TITLES[self.config.equations], len(options))
            for number, (name, candidates) in enumerate(options.items()):
                self.settings[name] = self.choose(candidates)
                found[name] = []
                for seed in range(self.config.seeds):
                    model, seconds = self.trained(*self.settings[name], seed)
                    found[name].append(self.test.scores(model.forecast) | {"cost": self._cost(model), "seconds": seconds})
                    found[name][-1]["r2"] = self.test.increment_r2(model)
                    if name == "cubic":
                        model.noise = self.validation.residual_noise(model)
                        row = self.test.scores(partial(model.forecast, seed=seed))
                        row |= {"cost": self._cost(model), "seconds": seconds, "r2": found[name][-1]["r2"]}
                        found.setdefault("cubic_ar1", []).append(row)
                show(number + 1)
        return {name: found[name] for name in LABELS}


def forecast(config: ForecastConfig) -> Findings:
    """Choose, train, forecast and score."""
    with torch.no_grad():
        work = Forecasting(config)
        found = work.run()
    rows: dict[str, dict[str, Any]] = {}
    for name, runs in found.items():
        choice = work.settings.get("cubic" if name == "cubic_ar1" else name)
        detail = f" ({choice[0].settings})" if choice and name not in ("linear", "cubic", "cubic_ar1") else ""
        rows[name] = {"label": LABELS[name] + detail, **over_seeds(runs)}
        if choice:
            rows[name]["ridge"] = choice[1]
    best = max(rows, key=lambda name: rows[name]["valid"])
    facts = [(rows["d2r2"]["valid"], "Lyapunov times of valid forecast: D2R2"), (rows[best]["valid"], f"the longest: {LABELS[best]}")]
    if config.published:
        facts.append((config.published, "published: random feature maps (Mandal & Gottwald 2025)"))
    return Findings(
        testbed=config.equations,
        title=TITLES[config.equations],
        lead="Models of the increment of the state, learned from series alone and run freely. One Lyapunov time is "
        f"{1 / work.exponent:.2f} time units, an interval {work.truth.interval:g}.",
        columns=COLUMNS,
        rows=rows,
        facts=facts,
        note=f"Valid time: until the error exceeds {config.threshold:g} of the truth's size, mean of {config.starts} starts. "
        f"Values are means and standard deviations over {config.seeds} trainings, each with its own series and random weights. "
        "Settings are those with the longest valid time on other starts. "
        "The climate is that of the second half of the same runs; — : a run overflowed.",
        draw=lambda folder: _draw(work, folder),
        numbers={"lyapunov_time": 1 / work.exponent, "best": best, "published": config.published, "runs": found},
    )


def over_seeds(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation of each score; None where a run has none."""
    row: dict[str, Any] = {}
    for key in COLUMNS:
        values = [run.get(key) for run in runs]
        complete = all(value is not None for value in values)
        row[key] = float(np.mean(values)) if complete else None  # type: ignore[arg-type]
        row[f"{key}_std"] = float(np.std(values)) if complete and len(values) > 1 and key != "cost" else None  # type: ignore[arg-type]
    return row


def _draw(work: Forecasting, folder: Path) -> list[Any]:
    from paramnet.testbeds.forecasting.figures import example

    with torch.no_grad():
        shown = {name: work.trained(*work.settings[name], 0)[0] for name in ("esn_low", "random", "d2r2")}
        picture = example(work.test, shown, folder)
    return [(picture, "scores", "Forecasts",
             "Left: the first variable from one start. Right: share of the starts whose forecast is still valid.",
             "Forecasts leave the truth one after the other.")]  # fmt: skip
