"""The rows of a forecast testbed: simple ones, and models with the settings that validation chooses from."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.testbeds.forecasting.features import Features, Monomials, RandomMaps, Reservoir
from paramnet.testbeds.forecasting.model import Sites

LABELS = {
    "none": "none: the state stays",
    "linear": "linear",
    "cubic": "cubic polynomial",
    "cubic_ar1": "cubic with AR(1) noise",
    "esn_low": "echo state network, low spectral radius",
    "esn_high": "echo state network, high spectral radius",
    "random": "random feature maps",
    "d2r2": "D2R2",
}


@dataclass(frozen=True)
class Choice:
    """Features and sites of a model, and ``settings`` as they are written in scores.json."""

    features: Features
    sites: Sites
    settings: str


def choices(system: str, nodes: int) -> dict[str, list[Choice]]:
    """Models to choose from for each row that is fitted. nodes : of reservoirs, and number of random feature maps."""
    if system == "lorenz63":
        local = [Sites()]
        degrees = [4, 6, 8]
    else:
        local = [Sites(2), Sites(2, 1)]
        degrees = [2, 3]
    simple = local[0]
    reservoirs = {"esn_low": (0.1, 0.4), "esn_high": (0.9, 1.2)}
    found = {name: [Choice(Monomials(degree), simple, f"degree {degree}")] for name, degree in (("linear", 1), ("cubic", 3))}
    for name, radii in reservoirs.items():
        found[name] = [
            Choice(Reservoir(radius, scale, nodes), Sites(), f"radius {radius:g}, input scale {scale:g}")
            for radius in radii
            for scale in (0.1, 0.5)
        ]
    found["random"] = [Choice(RandomMaps(nodes), sites, f"{nodes} maps{_of(sites)}") for sites in local]
    found["d2r2"] = [Choice(Monomials(degree), sites, f"degree {degree}{_of(sites)}") for degree in degrees for sites in local]
    return found


def _of(sites: Sites) -> str:
    return "" if sites.width is None else f", {sites.width} neighbours, {sites.increments} increments"
