"""Similarity of a run to the truth, relative to the coarse run without a closure (Ross et al. 2023, section 2.6).

similarity = 1 - distance(run, truth) / distance(coarse run, truth): 1 is as good as the truth, 0 no better than no closure.
Distances: Wasserstein's of the distributions of q, u, v, kinetic energy and enstrophy in each layer, and root mean square differences of
isotropic spectra up to two thirds of the coarse grid's largest wavenumber: kinetic energy and enstrophy in each layer, fluxes of kinetic
and of available potential energy (advection and closure), generation of the latter, and loss by drag.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paramnet.testbeds.quasigeostrophic import TwoLayers
from paramnet.testbeds.turbulence.closures import Closure

QUANTILES = 2000

Numbers = NDArray[np.float64]


def statistics(system: TwoLayers, q_hat: Tensor, closure: Closure | None, rings: int) -> dict[str, Numbers]:
    """Quantiles of each distribution : (quantile), and spectra : (wavenumber from 1), mean over records of q_hat : (record, layer, …).

    rings : number of whole wavenumbers of the spectra.
    """
    psi_hat = system.streamfunction(q_hat)
    (u, v), q = system.velocities(psi_hat), system.to_field(q_hat)
    u = u + system.flow
    vorticity_hat = -system.squared * psi_hat
    fields = {"q": q, "u": u, "v": v, "kinetic energy": (u**2 + v**2) / 2, "enstrophy": system.to_field(vorticity_hat) ** 2 / 2}
    shares = (torch.arange(QUANTILES, dtype=torch.float64) + 0.5) / QUANTILES
    found = {}
    for name, field in fields.items():
        for layer in (0, 1):
            values = field[:, layer].flatten().sort().values
            found[f"{name} {layer + 1}"] = values[(shares * len(values)).long()].numpy()
    for name, spectrum in _spectra(system, q_hat, psi_hat, closure).items():
        found[f"spectrum of {name}"] = _isotropic(system, spectrum, rings)
    return found


def _spectra(system: TwoLayers, q_hat: Tensor, psi_hat: Tensor, closure: Closure | None) -> dict[str, Tensor]:
    """Means over records : (y, x // 2 + 1); powers, and tendencies of energy."""
    eddies = system.advection(q_hat, psi_hat) + system.flow * system.derivatives[0] * q_hat  # without the mean flow, which generates
    change = eddies + (closure(system, q_hat) if closure else 0.0)
    moved = system.streamfunction(change)
    one, two = system.shares
    upper = one * system.stretching[0]  # = H_2 / H F_2
    apart, apart_moved = psi_hat[:, 0] - psi_hat[:, 1], moved[:, 0] - moved[:, 1]
    kinetic = system.thicknesses * system.squared * _product(psi_hat, moved)
    mean = (one * psi_hat[:, 0] + two * psi_hat[:, 1]) * system.derivatives[0]
    power, enstrophy = system.squared * _product(psi_hat, psi_hat), _product(q_hat, q_hat)
    return {
        **{f"kinetic energy {layer + 1}": power[:, layer].mean(0) for layer in (0, 1)},
        **{f"enstrophy {layer + 1}": enstrophy[:, layer].mean(0) for layer in (0, 1)},
        "kinetic energy flux": kinetic.sum(1).mean(0),
        "potential energy flux": (upper * _product(apart, apart_moved)).mean(0),
        "generation": (upper * (system.upper_flow - system.lower_flow) * _product(mean, apart)).mean(0),
        "drag": (-system.drag * two * power[:, 1]).mean(0),
    }


def _product(one: Tensor, other: Tensor) -> Tensor:
    return (one.conj() * other).real


def _isotropic(system: TwoLayers, spectrum: Tensor, rings: int) -> Numbers:
    """Sums over rings of one wavenumber : (wavenumber from 1), as means over the square."""
    double = torch.full_like(spectrum, 2.0)
    double[:, 0] = 1.0  # every other wavenumber stands for its opposite, too
    ring = (system.squared.sqrt() * system.length / (2 * torch.pi)).round().long().flatten()
    total = torch.zeros(int(ring.max()) + 1, dtype=torch.float64).index_add(0, ring, (double * spectrum).flatten())
    return (total[1 : rings + 1] / system.points**4).numpy()


def distances(run: dict[str, Numbers], truth: dict[str, Numbers]) -> dict[str, float]:
    """Of each distribution, Wasserstein's distance; of each spectrum, the root mean square difference."""
    return {
        name: float(np.sqrt(np.mean((run[name] - own) ** 2)) if name.startswith("spectrum") else np.abs(run[name] - own).mean())
        for name, own in truth.items()
    }


def similarities(run: dict[str, Numbers], truth: dict[str, Numbers], coarse: dict[str, Numbers]) -> dict[str, float]:
    """1 - distance(run, truth) / distance(coarse, truth) of each statistic."""
    ours, theirs = distances(run, truth), distances(coarse, truth)
    return {name: 1.0 - ours[name] / theirs[name] for name in ours}
