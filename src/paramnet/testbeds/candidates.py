"""The rows of the table of scores: the baselines and the scheme, each as runs of the Fortran program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.testbeds.baselines import Polynomial

LABELS = {
    "none": "none",
    "linear": "linear",
    "cubic": "cubic polynomial",
    "cubic_ar1": "cubic with AR(1) noise",
    "learned": "scheme",
}


@dataclass(frozen=True)
class Candidate:
    """A way to compute the subgrid tendency. settings : of its ``HostRun``. r2 : offline, on the test data."""

    name: str
    settings: dict[str, Any]
    r2: float

    @property
    def label(self) -> str:
        """Its name in tables and figures."""
        return LABELS[self.name]


def candidates(scheme: Path, polynomials: dict[str, Polynomial], r2: dict[str, float]) -> list[Candidate]:
    """No subgrid tendency, the polynomials and the scheme. r2 : offline score of each."""
    found = [Candidate("none", {"mode": "none"}, r2["none"])]
    for name, one in polynomials.items():
        noise = {"noise_std": one.noise_std, "noise_persistence": one.noise_persistence}
        found.append(Candidate(name, {"mode": "polynomial", "coefficients": one.coefficients, **noise}, r2[name]))
    return [*found, Candidate("learned", {"mode": "learned", "scheme": scheme}, r2["learned"])]
