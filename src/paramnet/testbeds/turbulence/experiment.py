"""Subgrid closures of quasi-geostrophic turbulence in coarse runs, scored by their similarity to the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.testbeds.findings import Findings
from paramnet.testbeds.quasigeostrophic import TwoLayers
from paramnet.testbeds.turbulence.closures import Backscatter, Biharmonic, Closure, Leith, Smagorinsky
from paramnet.testbeds.turbulence.coarsening import Coarsening
from paramnet.testbeds.turbulence.equation import fit_equation
from paramnet.testbeds.turbulence.network import train
from paramnet.testbeds.turbulence.similarity import Numbers, similarities, statistics
from paramnet.testbeds.turbulence.truths import CASES, RECORD, YEAR, records, truth

PER_YEAR = YEAR // RECORD  # records

LABELS = {
    "none": "no closure",
    "smagorinsky": "Smagorinsky",
    "leith": "Leith",
    "backscatter": "biharmonic with backscatter",
    "equation": "equation, fitted",
    "equation_backscatter": "equation with backscatter",
    "network": "convolutional network",
}
LEARNED = ("equation", "equation_backscatter", "network")


@dataclass
class TurbulenceConfig:
    """truth_points, points : of the truth and the coarse model, along a side. operator : of coarse graining, 1 or 2.

    spin_up_years, training_years, truth_years : of the truth: left out, to train on, and to compare with. run_spin_up_years, run_years : of
    the coarse runs. smagorinsky, leith, biharmonic : constants of the closures. returned, returned_by_equation : shares of the energy that
    backscatter returns. channels, steps : of the network and its training. seed : of the truth's start and of the network.
    """

    output: str
    truth_points: int = 128
    points: int = 48
    operator: int = 1
    spin_up_years: float = 10.0
    training_years: int = 6
    truth_years: int = 8
    run_spin_up_years: int = 2
    run_years: int = 2
    smagorinsky: float = 0.1
    leith: float = 0.2
    biharmonic: float = 0.08
    returned: float = 0.95
    returned_by_equation: float = 0.9
    channels: int = 16
    steps: int = 800
    seed: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not 8 <= self.points < self.truth_points or self.points % 2 or self.truth_points % 4:
            raise ParamnetError(
                "points, truth_points",
                expected="even numbers, 8 or more points and fewer than the truth's, which are a multiple of 4",
                got=f"{self.points}, {self.truth_points}",
            )
        lengths = (self.training_years, self.truth_years, self.run_years, self.channels, self.steps)
        if min(lengths) < 1 or self.run_spin_up_years < 0 or self.operator not in (1, 2):
            raise ParamnetError(
                "training_years, truth_years, run_years, channels, steps, run_spin_up_years, operator",
                expected="at least 1, for the spin-up 0, and operator 1 or 2",
                got="others",
            )


@dataclass
class Case:
    """One case: the coarse model, transforms of q and the forcing to train on, a state to start from, and statistics of the truth."""

    coarse: TwoLayers
    q_hat: Tensor
    forcing: Tensor
    start: Tensor
    statistics: dict[str, Numbers]
    halves: list[dict[str, Numbers]]
    shown: Numbers


def prepare(config: TurbulenceConfig, name: str) -> Case:
    """Run the truth of a case and coarsen it."""
    fine = replace(CASES[name], points=config.truth_points)
    coarsening = Coarsening(fine, config.points, config.operator)
    years = config.training_years + config.truth_years
    q = truth(name, config.truth_points, config.spin_up_years, years, config.seed)
    seen, later = q[: config.training_years * PER_YEAR], q[config.training_years * PER_YEAR :]
    training, compared = fine.to_spectrum(seen[::2].double()), fine.to_spectrum(later[::2].double())
    rings, middle = config.points // 3, len(compared) // 2
    parts = [statistics(fine, one, None, rings) for one in (compared, compared[:middle], compared[middle:])]
    coarse = coarsening(training)
    return Case(coarsening.coarse, coarse, coarsening.forcing(training), coarse[-1], parts[0], parts[1:], later[-1, 0].double().numpy())


def closures(config: TurbulenceConfig, cases: dict[str, Case]) -> dict[str, Closure | None]:
    """Each row of the table; those that are fitted see the training data of all cases."""
    equation = fit_equation([(case.coarse, case.q_hat, case.forcing) for case in cases.values()])
    q, forcing = (torch.cat([case.coarse.to_field(getattr(case, name)) for case in cases.values()]) for name in ("q_hat", "forcing"))
    return {
        "none": None,
        "smagorinsky": Smagorinsky(config.smagorinsky),
        "leith": Leith(config.leith),
        "backscatter": Backscatter(Biharmonic(config.biharmonic), config.returned),
        "equation": equation,
        "equation_backscatter": Backscatter(equation, config.returned_by_equation),
        "network": train(q, forcing, config.channels, config.steps, config.seed),
    }


def offline(case: Case, closure: Closure | None) -> float:
    """R² of the subgrid forcing in the training data, mean of both layers."""
    field = case.coarse.to_field
    wanted = field(case.forcing)
    error = wanted - (field(closure(case.coarse, case.q_hat)) if closure else 0.0)
    return float((1 - (error**2).mean((0, 2, 3)) / (wanted**2).mean((0, 2, 3))).mean())


def parameterize(config: TurbulenceConfig) -> Findings:
    """Run each closure in each case, and score it."""
    found: dict[str, dict[str, Any]] = {name: {"label": label} for name, label in LABELS.items()}
    details: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    halves = {}
    with torch.no_grad():
        cases = {name: prepare(config, name) for name in CASES}
        schemes = closures(config, cases)
        for name, case in cases.items():
            baseline: dict[str, Numbers] = {}
            shown[name] = {"truth": (case.shown, case.statistics)}
            for row, closure in schemes.items():
                run = records(case.coarse, case.start, config.run_spin_up_years + config.run_years, closure)
                found[row][f"{name}_r2"] = offline(case, closure)
                found[row][name] = None  # blew up
                if run is not None:
                    own = statistics(case.coarse, run[config.run_spin_up_years * PER_YEAR :], closure, config.points // 3)
                    baseline = baseline or own
                    details[f"{row}_{name}"] = similarities(own, case.statistics, baseline)
                    found[row][name] = float(np.mean(list(details[f"{row}_{name}"].values())))
                    shown[name][row] = (case.coarse.to_field(run[-1])[0].numpy(), own)
            halves[name] = float(np.mean(list(similarities(case.halves[0], case.halves[1], baseline).values())))
    return _findings(config, found, details, halves, shown)


def best(rows: dict[str, dict[str, Any]]) -> str:
    """The learned row with the highest sum of similarities."""
    return max(LEARNED, key=lambda row: sum(-100.0 if rows[row][case] is None else rows[row][case] for case in CASES))


def _findings(
    config: TurbulenceConfig, rows: dict[str, dict[str, Any]], details: dict[str, Any], halves: dict[str, float], shown: dict[str, Any]
) -> Findings:
    chosen = best(rows)
    return Findings(
        testbed="qg",
        title="Testbed quasi-geostrophic turbulence",
        lead=f"Two-layer turbulence on {config.truth_points} x {config.truth_points} points is the truth of a model on {config.points} x "
        f"{config.points}. Closures for what the coarse model lacks run in it, in a case with eddies and in one with jets.",
        columns={
            **{case: f"similarity, {case}" for case in CASES},
            **{f"{case}_r2": f"offline R², {case}" for case in CASES},
        },
        rows={**rows, "halves": {"label": "truth, half against half", **halves}},
        facts=[(rows[chosen][case] or 0.0, f"similarity of {case}: {LABELS[chosen]}") for case in CASES],
        note=f"Similarity: mean of 18 statistics; 1 is as good as the truth, 0 no better than no closure. Runs of {config.run_years} years "
        f"after {config.run_spin_up_years}; truth of {config.truth_years} years that no closure has seen. Offline R² on the training data, "
        f"operator {config.operator}. A dash: the run blew up.",
        draw=lambda folder: _draw(shown, folder),
        numbers={"best": chosen, "similarities": details},
    )


def _draw(shown: dict[str, Any], folder: Path) -> list[Any]:
    from paramnet.testbeds.turbulence.figures import snapshots_and_spectra

    return [
        (snapshots_and_spectra(shown, LABELS, folder), "scores", "Snapshots and spectra",
         "Potential vorticity of the upper layer at the end of the runs, and kinetic energy of the upper layer by wavenumber.",
         "The coarse model without closure has too little energy at large scales."),
    ]  # fmt: skip
