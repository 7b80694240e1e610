"""The missing term of a wrong model, found in its increments: full, noisy and sparse observations of quasi-geostrophic turbulence.

Mojgani, R., Chattopadhyay, A. & Hassanzadeh, P. (2022), Chaos 32, 061105, and (2024), J. Adv. Model. Earth Syst. 16, e2023MS004033.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.testbeds.findings import Findings
from paramnet.testbeds.model_errors.increments import TIME_STEP, analysed, forecast, pairs, turbulent, without
from paramnet.testbeds.model_errors.interpolation import Features, fourier_features, interpolate, tanh_features
from paramnet.testbeds.model_errors.library import NAMES, terms
from paramnet.testbeds.model_errors.regression import explained, few_terms
from paramnet.testbeds.quasigeostrophic import TwoLayers

LABELS = {
    "full": "full observations",
    "noisy": "full observations with errors",
    "fourier": "sparse observations, random Fourier features",
    "tanh": "sparse observations, without Fourier features",
}
CASES = {"drag": "drag, r lap psi_2", "beta": "beta dpsi/dx", "quadratic": "quadratic drag, c curl |u_2| u_2"}


@dataclass
class ModelErrorsConfig:
    """points : of the model, along a side. spin_up_years, days_apart, pairs : of the states. interval_hours : of an increment.

    quadratic_drag : c, m-1. noise : errors of psi, in its standard deviation. sites : number of sparse observations, with errors of
    ``site_noise``, in the standard deviation of the increments. draws, spread : of the Fourier features. units : of the network without
    them. largest_wavenumber : waves a side, up to which is fitted. tolerance : share of the explained energy that a term must explain.
    """

    output: str
    points: int = 64
    spin_up_years: float = 2.0
    days_apart: float = 10.0
    pairs: int = 8
    interval_hours: float = 24.0
    quadratic_drag: float = 2.0e-5
    noise: float = 0.003
    sites: int = 1024
    site_noise: float = 0.01
    draws: int = 8000
    spread: float = 4.0
    units: int = 800
    largest_wavenumber: int = 12
    tolerance: float = 0.05
    seed: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not 20 <= self.sites <= self.points**2 or self.pairs < 1 or self.interval_hours * 3600 < TIME_STEP:
            raise ParamnetError("sites, pairs, interval_hours", expected="20 sites up to all points, 1 pair, 2 hours or more", got="others")
        if min(self.noise, self.site_noise) < 0 or not 0 < self.tolerance < 1 or min(self.draws, self.units, self.largest_wavenumber) < 2:
            raise ParamnetError("noise, site_noise, tolerance, draws, units, largest_wavenumber", expected="errors of at least 0, a "
                                "tolerance between 0 and 1, and 2 or more", got="less")  # fmt: skip


def expected_weights(config: ModelErrorsConfig, system: TwoLayers, case: str) -> np.ndarray:
    """Weights of the missing term : (layer, term)."""
    weights = np.zeros((2, len(NAMES)))
    if case == "beta":
        weights[:, NAMES.index("dpsi/dx")] = -system.beta
    elif case == "drag":
        weights[1, NAMES.index("lap psi")] = -system.drag
    else:
        weights[1, NAMES.index("curl |u| u")] = -config.quadratic_drag
    return weights


def find_weights(config: ModelErrorsConfig, system: TwoLayers, increments: Tensor, library: Tensor) -> np.ndarray:
    """Weights of the terms found in increments of q : (layer, term).

    increments : (pair, layer, y, x), s-2. library : (term, pair, layer, y, x). Both sides are smoothed by the inverse Laplacian, which
    makes errors of psi alike at all wavenumbers; layers count by their thickness.
    """
    waves = system.squared.sqrt() * system.length / (2 * torch.pi)
    smoother = torch.where((waves > 0) & (waves < config.largest_wavenumber + 0.5), 1 / system.squared.clamp(min=1e-20), 0.0)
    share = torch.tensor(system.shares, dtype=torch.float64).sqrt()[:, None, None]
    target, columns = (share * system.to_field(smoother * system.to_spectrum(one)) for one in (increments, library))
    samples = [(columns[:, :, layer].flatten(1).T.numpy(), target[:, layer].flatten().numpy()) for layer in (0, 1)]
    least = config.tolerance * max(explained(*one) for one in samples)
    return np.stack([few_terms(*one, least) for one in samples])


def _sparse(config: ModelErrorsConfig, system: TwoLayers, increments: Tensor, features: Features, sites: Tensor, errors: Tensor) -> Tensor:
    """Increments of q at all points : (pair, layer, y, x), from those of psi at ``sites`` with errors."""
    axis = torch.arange(system.points, dtype=torch.float64) / system.points
    grid = torch.cartesian_prod(axis, axis).flip(1)
    values = system.to_field(system.streamfunction(increments)).flatten(2).flatten(0, 1)
    seen = values[:, sites] + config.site_noise * values.std(1, keepdim=True) * errors
    psi = interpolate(seen, grid[sites], grid, features).reshape(len(increments), 2, system.points, system.points)
    return system.to_field(system.potential_vorticity(system.to_spectrum(psi)))


def discover(config: ModelErrorsConfig) -> Findings:
    """Take a term out of the model, and find it, for each term and each kind of observations."""
    generator = torch.Generator().manual_seed(config.seed)
    system, found, shown = TwoLayers(points=config.points), {}, {}
    seconds = config.interval_hours * 3600
    with torch.no_grad():
        start = turbulent(system, config.spin_up_years, generator)
        sites = torch.randperm(config.points**2, generator=generator)[: config.sites]
        errors = torch.randn(2 * config.pairs, config.sites, generator=generator, dtype=torch.float64)
        networks = {
            "fourier": fourier_features(config.draws, config.spread, generator),
            "tanh": tanh_features(config.units, generator),
        }
        for case in CASES:
            rough = config.quadratic_drag if case == "quadratic" else 0.0
            first, second = pairs(system, start, config.pairs, config.days_apart, seconds, rough)
            wrong = without(system, case)
            fields = {}
            for row, noise in (("full", 0.0), ("noisy", config.noise)):
                before, after = (analysed(system, one, noise, generator) for one in (first, second))
                fields[row] = system.to_field(after - forecast(wrong, before, seconds)) / seconds
                library = (terms(system, before) + terms(system, after)) / 2
                found[row, case] = find_weights(config, system, fields[row], library)
            guess = forecast(wrong, first, seconds)
            library = (terms(system, first) + terms(system, guess)) / 2
            for row, features in networks.items():
                fields[row] = _sparse(config, system, (second - guess) / seconds, features, sites, errors)
                found[row, case] = find_weights(config, system, fields[row], library)
            shown[case] = {row: field[0, 1].numpy() for row, field in fields.items()}
    return _findings(config, system, found, shown)


def _findings(config: ModelErrorsConfig, system: TwoLayers, found: dict[tuple[str, str], np.ndarray], shown: dict[str, Any]) -> Findings:
    rows: dict[str, dict[str, Any]] = {}
    for row, label in LABELS.items():
        rows[row] = {"label": label, "wrong_terms": 0}
        for case in CASES:
            wanted = expected_weights(config, system, case)
            right = wanted != 0
            rows[row][case] = 100 * float(np.abs(found[row, case][right] / wanted[right] - 1).max())
            rows[row]["wrong_terms"] += int(((found[row, case] != 0) != right).sum())
        rows[row]["largest"] = max(rows[row][case] for case in CASES)
    return Findings(
        testbed="qg_errors",
        title="Testbed quasi-geostrophic model errors",
        lead="A term is taken out of a model of two-layer turbulence. The increments of observed states against short forecasts of the "
        f"model are fitted by {len(NAMES)} candidate terms in each layer; the few that are needed name the error and its size.",
        columns={**{case: f"{text}: error, %" for case, text in CASES.items()}, "wrong_terms": "missing or extra terms"},
        rows=rows,
        facts=[(rows[row]["largest"], f"% is the largest error of a coefficient: {LABELS[row]}") for row in ("full", "fourier")],
        note=f"{config.pairs} increments over {config.interval_hours:g} h on {config.points} x {config.points} points. Errors of psi: "
        f"{100 * config.noise:g} % of its standard deviation; sparse: increments of psi at {config.sites} points, with errors of "
        f"{100 * config.site_noise:g} %. A term that is not found has an error of 100 %.",
        draw=lambda folder: _draw(shown, folder),
        numbers={
            "found": {
                f"{row}_{case}": [{NAMES[i]: float(layer[i]) for i in np.flatnonzero(layer)} for layer in weights]
                for (row, case), weights in found.items()
            }
        },
    )


def _draw(shown: dict[str, Any], folder: Path) -> list[Any]:
    from paramnet.testbeds.model_errors.figures import increments

    return [
        (increments(shown, LABELS, CASES, folder), "scores", "Increments",
         "Increments of q of the lower layer in the first pair, s-2, as each kind of observations gives them.",
         "With Fourier features the sparse increments look like the full ones; without them the small scales are lost."),
    ]  # fmt: skip
