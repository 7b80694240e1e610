"""Mean columns at which a scheme's linear response is computed: of all samples, of the tropics, and of the rainy tropics."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TROPICS, RAINY = 15.0, 10.0  # degrees; mm day-1 of the teacher's rain


@dataclass
class BaseStates:
    """Area-weighted sums of inputs over the samples of each base state, in contract units."""

    sums: dict[str, Floats] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    samples: dict[str, int] = field(default_factory=dict)

    def add(self, inputs: Floats, area: Floats, latitude: Floats, rain: Floats | None) -> None:
        """Merge a chunk. inputs : (sample, n_in); area : (sample); latitude : (sample), degrees; rain : (sample), mm day-1."""
        tropical = np.abs(latitude) <= TROPICS
        chosen = {"mean": np.ones(len(inputs), dtype=bool), "tropics": tropical}
        if rain is not None:
            chosen["rainy tropics"] = tropical & (rain > RAINY)
        for name, rows in chosen.items():
            if rows.any():
                self.sums[name] = self.sums.get(name, 0.0) + area[rows] @ inputs[rows]
                self.weights[name] = self.weights.get(name, 0.0) + float(area[rows].sum())
                self.samples[name] = self.samples.get(name, 0) + int(np.count_nonzero(rows))

    def means(self) -> dict[str, Floats]:
        """Name -> mean column : (n_in)."""
        return {name: total / self.weights[name] for name, total in self.sums.items() if self.weights[name] > 0}
