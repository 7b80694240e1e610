"""Memory of a block of columns, and the constants of a program in the order and form in which the kernels read them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

PANEL = 12  # outputs that the dense kernel computes at once: 12 sums of 16 columns stay in 24 of 32 registers
KINDS = {"float32": "32", "float64": "64"}


@dataclass(frozen=True)
class Place:
    """``rows`` rows of the working memory of one kind ("32", "64"), the first of which is ``first`` (from 0)."""

    kind: str
    first: int
    rows: int

    def part(self, first: int, rows: int) -> Place:
        return Place(self.kind, self.first + first, rows)


@dataclass(frozen=True)
class Constant:
    """Position (from 0) in the constants of one kind: "32", "64" or "index"."""

    kind: str
    first: int


@dataclass
class Memory:
    """Rows of one kind, given to values and taken back when the last operation has read them."""

    kind: str
    rows: int = 0
    used: list[Place] = field(default_factory=list)

    def take(self, rows: int) -> Place:
        """The first gap that is large enough, with a panel to spare: a dense layer writes whole panels."""
        wanted, first = rows + PANEL, 0
        for place in sorted(self.used, key=lambda one: one.first):
            if place.first - first >= wanted:
                break
            first = place.first + place.rows + PANEL
        place = Place(self.kind, first, rows)
        self.used.append(place)
        self.rows = max(self.rows, first + wanted)
        return place

    def free(self, place: Place) -> None:
        self.used.remove(place)


class Constants:
    """Constants by kind. The first of kind 64 is 1, by which a host finds out whether it reads numbers in their byte order."""

    def __init__(self) -> None:
        self._parts: dict[str, list[NDArray[np.generic]]] = {"64": [np.ones(1)], "32": [], "index": []}
        self._sizes = {"64": 1, "32": 0, "index": 0}

    def add(self, kind: str, values: NDArray[np.generic] | list[float]) -> Constant:
        array = np.asarray(values).astype({"64": "<f8", "32": "<f4", "index": "<i4"}[kind]).ravel()
        place = Constant(kind, self._sizes[kind])
        self._parts[kind].append(array)
        self._sizes[kind] += array.size
        return place

    def add_layer(self, weight: NDArray[np.generic], bias: NDArray[np.generic] | None) -> tuple[Constant, Constant]:
        """Weights (output, input) as panels of ``PANEL`` outputs, each in the order (input, output); the bias, one for each output."""
        outputs, inputs = weight.shape
        padding = -outputs % PANEL
        panels = np.pad(weight, ((0, padding), (0, 0))).reshape(-1, PANEL, inputs).transpose(0, 2, 1)
        start = np.zeros(outputs) if bias is None else bias
        return self.add("32", panels), self.add("32", np.pad(start, (0, padding)))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """One array for each kind, ``64`` first; none is empty."""
        return {kind: np.concatenate(parts or [np.zeros(1, "<f4" if kind == "32" else "<i4")]) for kind, parts in self._parts.items()}

    def bytes(self) -> bytes:
        """All arrays, little-endian, in this order."""
        return b"".join(array.tobytes() for array in self.arrays().values())
