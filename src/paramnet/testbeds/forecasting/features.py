"""Features of a forecast: polynomials (D2R2), random feature maps and reservoirs, all with one interface.

``prepare`` sees a sample of the inputs, ``start`` gives the memory of new series, and a call turns inputs : (row, input) and memory into
features : (row, feature) and the next memory. ``cost`` counts multiplications per row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import torch
from torch import Tensor

NEAR, FAR = 0.4, 3.5  # arguments between which tanh is neither linear nor saturated (Mandal & Gottwald 2025)


class Features:
    """A map without memory; ``washout`` : steps until a memory has forgotten its start."""

    washout = 0

    def prepare(self, sample: Tensor, generator: torch.Generator) -> int:
        """Draw what is random, for inputs like sample : (row, input); returns the number of features."""
        raise NotImplementedError

    def start(self, rows: int) -> Tensor:
        """Memory of ``rows`` new series : (row, number)."""
        return torch.zeros(rows, 0, dtype=torch.float64)

    def __call__(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    @property
    def cost(self) -> int:
        """Multiplications per row, without the readout."""
        raise NotImplementedError


@dataclass
class Monomials(Features):
    """All products of up to ``degree`` inputs: Domain-driven regularised regression of Pyle et al. (2021), Phil. Trans. R. Soc. A 379,
    20200246. The domain's knowledge is in the degree and in which inputs a variable sees."""

    degree: int = 2

    def prepare(self, sample: Tensor, generator: torch.Generator) -> int:
        count = sample.shape[1]
        self.factors: list[tuple[Tensor, Tensor]] = []  # of each degree: the product before, and the last input
        place: dict[tuple[int, ...], int] = {(): 0}
        for degree in range(1, self.degree + 1):
            terms = list(combinations_with_replacement(range(count), degree))
            self.factors.append((torch.tensor([place[term[:-1]] for term in terms]), torch.tensor([term[-1] for term in terms])))
            place |= {term: len(place) + index for index, term in enumerate(terms)}
        return len(place)

    def __call__(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        found = torch.ones(len(inputs), 1, dtype=inputs.dtype)
        for before, last in self.factors:  # each product is one of lower degree times an input
            found = torch.cat([found, found[:, before] * inputs[:, last]], 1)
        return found, memory

    @property
    def cost(self) -> int:
        return sum(len(last) for _, last in self.factors[1:])


@dataclass
class RandomMaps(Features):
    """1, the inputs (the skip connection) and tanh(w.inputs + b) of ``count`` random directions.

    w and b are drawn such that all arguments of the sample lie between NEAR and FAR or between -FAR and -NEAR, as Mandal & Gottwald (2025),
    Nature Communications 16, do by hit-and-run; here a direction, its length and b are drawn in turn.
    """

    count: int = 300

    def prepare(self, sample: Tensor, generator: torch.Generator) -> int:
        size = sample.shape[1]
        direction = torch.nn.functional.normalize(torch.randn(size, self.count, generator=generator, dtype=torch.float64), dim=0)
        seen = sample @ direction
        low, high = seen.min(0).values, seen.max(0).values
        draws = torch.rand(3, self.count, generator=generator, dtype=torch.float64)
        length = draws[0] * (FAR - NEAR) / (high - low)
        room = FAR - NEAR - length * (high - low)
        sign = torch.where(draws[2] < 0.5, -1.0, 1.0)
        self.weights = sign * length * direction
        self.bias = sign * (NEAR - length * low + draws[1] * room)
        return 1 + size + self.count

    def __call__(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        maps = torch.tanh(inputs @ self.weights + self.bias)
        return torch.cat([torch.ones(len(inputs), 1, dtype=inputs.dtype), inputs, maps], 1), memory

    @property
    def cost(self) -> int:
        return self.weights.numel()


@dataclass
class Reservoir(Features):
    """An echo state network: r' = tanh(A r + B inputs), features 1, inputs and r, every second of them squared (Pathak et al. 2018).

    A : sparse, with ``radius`` the largest modulus of its eigenvalues; small ones forget at once, those near 1 remember. B : uniform within
    ``scale``. connections : of a node on average.
    """

    radius: float = 0.1
    scale: float = 0.5
    nodes: int = 300
    connections: float = 6.0
    washout = 100

    def prepare(self, sample: Tensor, generator: torch.Generator) -> int:
        size = sample.shape[1]
        draws = torch.rand(2, self.nodes, self.nodes, generator=generator, dtype=torch.float64)
        matrix = torch.where(draws[0] < self.connections / self.nodes, 2 * draws[1] - 1, 0.0)
        self.recurrent = (matrix * (self.radius / float(torch.linalg.eigvals(matrix).abs().max()))).T.contiguous()
        self.entering = self.scale * (2 * torch.rand(size, self.nodes, generator=generator, dtype=torch.float64) - 1)
        return 1 + size + self.nodes

    def start(self, rows: int) -> Tensor:
        return torch.zeros(rows, self.nodes, dtype=torch.float64)

    def __call__(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        memory = torch.tanh(memory @ self.recurrent + inputs @ self.entering)
        seen = memory.clone()
        seen[:, ::2] = seen[:, ::2] ** 2
        return torch.cat([torch.ones(len(inputs), 1, dtype=inputs.dtype), inputs, seen], 1), memory

    @property
    def cost(self) -> int:
        return int((self.recurrent != 0).sum()) + self.entering.numel()
