"""A decision under an uncertain model: harvest by the best fit, by a Gaussian process and by the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.testbeds.findings import Findings
from paramnet.testbeds.harvest.gaussian_process import fit_gaussian_process
from paramnet.testbeds.harvest.policy import best_stock, transitions
from paramnet.testbeds.harvest.population import Array, Population, fit_ricker, observe

LABELS = {"none": "no harvest", "ricker": "Ricker map, best fit", "process": "Gaussian process", "truth": "the true map"}


@dataclass
class HarvestConfig:
    """population : the truth. years_seen : of data under light harvest. discount : of a year. grid : states of the dynamic programme.

    years, replicates : of the runs under each policy. seeds : sets of data. A run has collapsed if x ends below 1.
    """

    output: str
    population: Population = field(default_factory=Population)
    years_seen: int = 40
    discount: float = 0.99
    grid: int = 161
    years: int = 100
    replicates: int = 100
    seeds: int = 10
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.years_seen < 5 or min(self.years, self.replicates, self.seeds) < 1 or self.grid < 20:
            raise ParamnetError("years_seen, years, replicates, seeds, grid", expected="at least 5, 1, 1, 1 and 20", got="less")
        if not 0 < self.discount < 1 or not 0 < self.population.threshold < self.population.capacity:
            raise ParamnetError(
                "discount, population", expected="a discount below 1, and a threshold below the capacity", got=str(self.population)
            )


def policies(config: HarvestConfig, random: np.random.Generator) -> tuple[Array, dict[str, Array], dict[str, Any]]:
    """The grid of x, the stock that each policy leaves at each x, and what was fitted to one set of data."""
    truth = config.population
    stock, after = observe(truth, config.years_seen, random)
    grid = np.linspace(0, 1.75 * truth.capacity, config.grid)
    ricker, process = fit_ricker(stock, after), fit_gaussian_process(stock, after)
    growth = {
        "ricker": (ricker.log_growth(grid), np.full(config.grid, ricker.noise)),
        "process": process.predict(grid),
        "truth": (truth.log_growth(grid), np.full(config.grid, truth.noise)),
    }
    left = {"none": grid} | {name: best_stock(grid, transitions(grid, *one), config.discount) for name, one in growth.items()}
    return grid, left, {"stock": stock, "after": after, "growth": growth}


def run(config: HarvestConfig, grid: Array, left: Array, seed: int) -> tuple[Array, Array]:
    """x : (year, replicate) of the truth under a policy, and the sum of the harvests : (replicate)."""
    random = np.random.default_rng(seed)
    x, states, total = np.full(config.replicates, config.population.capacity), [], np.zeros(config.replicates)
    for _ in range(config.years):
        stock = np.minimum(np.interp(x, grid, left), x)
        total += x - stock
        x = config.population.next_state(stock, random)
        states.append(x)
    return np.stack(states), total


def harvest(config: HarvestConfig) -> Findings:
    """Fit, decide and run, for each set of data."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in LABELS}
    shown: dict[str, Any] = {}
    for seed in range(config.seeds):
        grid, left, fitted = policies(config, np.random.default_rng(seed))
        states = {}
        for name, own in left.items():
            states[name], total = run(config, grid, own, 1000 + seed)
            found[name].append((100.0 * float((states[name][-1] < 1.0).mean()), float(total.mean())))
        shown = shown or {"grid": grid, "left": left, "states": states, **fitted}
    rows: dict[str, dict[str, Any]] = {}
    for name, pairs in found.items():
        collapses, totals = np.array(pairs).T
        rows[name] = {"label": LABELS[name], "collapses": float(collapses.mean()), "collapses_std": float(collapses.std()),
                      "harvest": float(totals.mean()), "harvest_std": float(totals.std())}  # fmt: skip
    return Findings(
        testbed="harvest",
        title="Testbed harvest",
        lead=f"A population that dies out below a threshold is seen for {config.years_seen} years near its capacity. "
        f"Each policy is the best one under its model of the data, and is then tried on the true population for {config.years} years.",
        columns={"collapses": "collapses, of 100 runs", "harvest": f"harvest in {config.years} years"},
        rows=rows,
        facts=[(rows[name]["collapses"], f"of 100 runs collapse: {LABELS[name]}") for name in ("ricker", "process")],
        note=f"Mean and standard deviation over {config.seeds} sets of data, {config.replicates} runs each. "
        "The Gaussian process knows what it has not seen: below the data it expects no growth, and the policy stays away.",
        draw=lambda folder: _draw(shown, folder),
        numbers={"runs": {name: [list(pair) for pair in pairs] for name, pairs in found.items()}},
    )


def _draw(shown: dict[str, Any], folder: Path) -> list[Any]:
    from paramnet.testbeds.harvest.figures import models_and_runs

    return [
        (models_and_runs(shown, LABELS, folder), "scores", "Models and runs",
         "Left: growth by stock: data, models, and two standard deviations of the Gaussian process. Right: ten runs under each policy.",
         "Under the best fit all runs collapse; under the Gaussian process they stay near the data."),
    ]  # fmt: skip
