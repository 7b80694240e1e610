"""The logistic map beyond the parameters of its training: non-chaotic series in, chaos out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.testbeds.extrapolation.bifurcations import Family, accumulation, cascade, orbits, superstable
from paramnet.testbeds.extrapolation.network import ParameterizationNetwork, error, train
from paramnet.testbeds.findings import Findings
from paramnet.testbeds.logistic import logistic
from paramnet.testbeds.scores import density, hellinger

ACCUMULATION = 3.5699456719  # of the logistic map (Feigenbaum 1978)
WINDOW = 3.8318740553  # superstable cycle of period 3
CHAOS = (3.6, 3.7, 3.8, 3.9, 4.0)  # r at which densities are compared
EDGES = np.linspace(0, 1, 51)
LABELS = {
    "none": "none: x stays",
    "linear": "linear in x and r",
    "cubic": "cubic polynomial in x and r",
    "input": "network with r as an input",
    "conditioned": "parameterization network",
}


@dataclass
class ExtrapolationConfig:
    """The series and the networks.

    lowest, highest : r of the training, in steps of ``spacing``. held_out : the highest share of them, on which hyper-parameters are chosen
    before the last fit to all. starts, length : random series for each r, from x in [0, 1]. hidden, degrees : choices of width, and of the
    degree of the weights in r. steps : of the optimiser. seeds : repetitions with other series and other first weights.
    """

    output: str
    lowest: float = 1.8
    highest: float = 3.4
    spacing: float = 0.1
    held_out: float = 0.2
    starts: int = 20
    length: int = 20
    hidden: list[int] = field(default_factory=lambda: [8, 16])
    degrees: list[int] = field(default_factory=lambda: [1, 2])
    steps: int = 400
    seeds: int = 5
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.lowest < self.highest <= 3.44 or self.spacing <= 0 or len(self.rates()) < 5:
            got = f"{self.lowest:g} to {self.highest:g} in steps of {self.spacing:g}"
            raise ParamnetError("lowest, highest, spacing", expected="5 or more r between 0 and 3.44, below chaos", got=got)
        if not 0 < self.held_out < 0.6 or min(self.seeds, self.starts, self.length, self.steps) < 1:
            raise ParamnetError(
                "held_out, seeds, starts, length, steps", expected="a share below 0.6, and numbers of at least 1", got="less"
            )

    def rates(self) -> Tensor:
        """The r of the training."""
        return torch.arange(self.lowest, self.highest + self.spacing / 2, self.spacing, dtype=torch.float64)


def series(config: ExtrapolationConfig, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """x, r and the next x : (r, pair) of the training."""
    rates = config.rates()
    x = torch.rand(len(rates), config.starts, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    states = [x]
    for _ in range(config.length):
        states.append(logistic(states[-1], rates[:, None]))
    stacked = torch.stack(states, -1)
    before, after = stacked[..., :-1].flatten(1), stacked[..., 1:].flatten(1)
    return before, rates[:, None].expand(before.shape), after


def chosen_network(config: ExtrapolationConfig, seed: int, conditioned: bool) -> tuple[ParameterizationNetwork, dict[str, Any]]:
    """The network whose width and degree have the least error on the held-out r, fitted to all r, and what was chosen."""
    x, rate, after = series(config, seed)
    kept = len(config.rates()) - max(1, round(config.held_out * len(config.rates())))
    best: tuple[float, int, int] | None = None
    for hidden, degree in product(config.hidden, config.degrees if conditioned else [0]):
        network = _new(config, seed, hidden, degree, conditioned)
        train(network, x[:kept], rate[:kept], after[:kept], config.steps)
        held_out = error(network, x[kept:], rate[kept:], after[kept:])
        best = min(best or (np.inf, 0, 0), (held_out, hidden, degree))
    assert best is not None
    network = _new(config, seed, best[1], best[2], conditioned)
    fitted = train(network, x, rate, after, config.steps)
    return network, {"hidden": best[1], "degree": best[2], "held_out_error": best[0], "training_error": fitted}


def _new(config: ExtrapolationConfig, seed: int, hidden: int, degree: int, conditioned: bool) -> ParameterizationNetwork:
    torch.manual_seed(seed)
    return ParameterizationNetwork(hidden, degree, (config.lowest + config.highest) / 2, conditioned)


def polynomial(data: tuple[Tensor, Tensor, Tensor], degree: int) -> Family:
    """The least-squares polynomial of x and r with terms up to ``degree`` together."""
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]

    def terms(x: Tensor, rate: Tensor) -> Tensor:
        return torch.stack([x**i * rate**j for i, j in powers], -1)

    x, rate, after = (part.flatten() for part in data)
    weights = torch.linalg.lstsq(terms(x, rate), after[:, None], driver="gelsd").solution[:, 0]
    return lambda x, rate: terms(x, rate) @ weights


def judged(family: Family) -> dict[str, float]:
    """Scores of a learned family against the logistic map, at r at which nothing was trained."""
    rates, starts = torch.tensor(CHAOS, dtype=torch.float64), torch.linspace(0.1, 0.9, 20, dtype=torch.float64)
    ours, truth = (orbits(one, rates, starts, 200, 200).numpy() for one in (family, logistic))
    distances = [_distance(ours[:, index], truth[:, index]) for index in range(len(CHAOS))]
    x = torch.linspace(0, 1, 101, dtype=torch.float64).expand(len(CHAOS), -1)
    wanted, got = (one(x, rates[:, None].expand(x.shape)) for one in (logistic, family))
    return {
        "accumulation_error": abs(accumulation(cascade(family)) - ACCUMULATION),
        "window_error": abs(superstable(family, 3, 3.75, 3.9) - WINDOW),
        "hellinger": float(np.mean(distances)),
        "r2": 1.0 - float((wanted - got).pow(2).mean() / wanted.var()),
    }


def _distance(ours: np.ndarray, truth: np.ndarray) -> float:
    """Hellinger distance of two densities; 1 for a run that left the interval."""
    return hellinger(density(ours, EDGES), density(truth, EDGES)) if np.isfinite(ours).all() else 1.0


def extrapolate(config: ExtrapolationConfig) -> Findings:
    """Train on the series of all seeds and score what each model makes of the r beyond."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in LABELS}
    drawn: dict[str, Family] = {"truth": logistic}
    with torch.no_grad():
        for seed in range(config.seeds):
            data = series(config, seed)
            families: dict[str, tuple[Family, dict[str, Any]]] = {"none": (lambda x, rate: x, {})}
            families |= {name: (polynomial(data, degree), {}) for name, degree in (("linear", 1), ("cubic", 3))}
            with torch.enable_grad():
                families |= {name: chosen_network(config, seed, name == "conditioned") for name in ("input", "conditioned")}
            for name, (family, choice) in families.items():
                found[name].append(judged(family) | choice)
            if seed == 0:
                drawn |= {name: families[name][0] for name in ("conditioned", "input")}
    rows: dict[str, dict[str, Any]] = {name: {"label": LABELS[name], **_over_seeds(runs)} for name, runs in found.items()}
    error_of = rows["conditioned"]["accumulation_error"]
    return Findings(
        testbed="logistic",
        title="Testbed logistic map",
        lead=f"Maps learned from series at r up to {config.highest:g}, where there are only fixed points and cycles of period 2, "
        "and run at r up to 4. In the last row, the weights of the network are polynomials of r.",
        columns={
            "accumulation_error": "error of the accumulation point",
            "window_error": "error of the window of period 3",
            "hellinger": "Hellinger, r = 3.6 to 4",
            "r2": "R², r = 3.6 to 4",
        },
        rows=rows,
        facts=[(np.nan if error_of is None else error_of, "error of the r at which period doublings accumulate, 3.5699")],
        note=f"Mean and standard deviation over {config.seeds} trainings. — : there is no such point. "
        "The cubic polynomial contains the map.",
        draw=lambda folder: _draw(drawn, config.highest, folder),
        numbers={"runs": {name: [_finite(run) for run in runs] for name, runs in found.items()}},
    )


def _over_seeds(runs: list[dict[str, Any]]) -> dict[str, float | None]:
    """Mean and standard deviation of the scores; None where a run has none."""
    means: dict[str, float | None] = {}
    for key in ("accumulation_error", "window_error", "hellinger", "r2"):
        values = np.array([run[key] for run in runs])
        complete = bool(np.isfinite(values).all())
        means |= {
            key: float(values.mean()) if complete else None,
            f"{key}_std": float(values.std()) if complete and len(values) > 1 else None,
        }
    return means


def _finite(run: dict[str, Any]) -> dict[str, Any]:
    return {key: value if np.isfinite(value) else None for key, value in run.items()}


def _draw(families: dict[str, Family], highest: float, folder: Path) -> list[Any]:
    from paramnet.testbeds.extrapolation.figures import diagrams

    return [
        (diagrams(families, highest, folder), "scores", "Bifurcation diagrams",
         "States after 300 steps at each r. Left of the line is the training.",
         "The diagram of the parameterization network has the period doublings and the chaos of the logistic map."),
    ]  # fmt: skip
