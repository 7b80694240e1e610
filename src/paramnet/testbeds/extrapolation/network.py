"""A network whose weights are a function of a control parameter: Tan, J. P. L. (2019), arXiv:1902.03440,
"parameterization networks".

The family of maps is learned in two levels: a small network from x to the next x, and how its weights change with r. A polynomial of low
degree in r for every weight extrapolates where a network that has r among its inputs saturates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Conditioned(nn.Module):
    """A dense layer with W(c) = W_0 + c W_1 + c² W_2 + ..., and its bias likewise. x : (row, n_in), c : (row, 1) -> (row, n_out)."""

    def __init__(self, n_in: int, n_out: int, degree: int) -> None:
        super().__init__()
        parts = [nn.Linear(n_in, n_out, dtype=torch.float64) for _ in range(degree + 1)]
        for part in parts[1:]:  # at first the same for all c
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        total, power = self.parts[0](x), condition
        for part in list(self.parts)[1:]:
            total = total + power * part(x)
            power = power * condition
        return total


class ParameterizationNetwork(nn.Module):
    """x' = v(r) tanh(w(r) x + b(r)) + a(r). degree : of the weights as polynomials of r; ``conditioned`` False: r is an input instead."""

    def __init__(self, hidden: int, degree: int, centre: float, conditioned: bool = True) -> None:
        super().__init__()
        self.centre, self.conditioned = centre, conditioned
        degree = degree if conditioned else 0
        self.first = Conditioned(1 if conditioned else 2, hidden, degree)
        self.last = Conditioned(hidden, 1, degree)

    def forward(self, x: Tensor, rate: Tensor) -> Tensor:
        """The next x; x, rate : of one shape."""
        condition = (rate - self.centre).reshape(-1, 1)
        column = 2 * x.reshape(-1, 1) - 1
        inputs = column if self.conditioned else torch.cat([column, condition], 1)
        return self.last(torch.tanh(self.first(inputs, condition)), condition).reshape(x.shape)


def train(network: nn.Module, x: Tensor, rate: Tensor, target: Tensor, steps: int) -> float:
    """Fit by L-BFGS; returns the root mean square error."""
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=steps, history_size=30, tolerance_grad=1e-12, tolerance_change=1e-14,
                                  line_search_fn="strong_wolfe")  # fmt: skip

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = 1e4 * ((network(x, rate) - target) ** 2).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return error(network, x, rate, target)


def error(network: nn.Module, x: Tensor, rate: Tensor, target: Tensor) -> float:
    """Root mean square error."""
    with torch.no_grad():
        return float((network(x, rate) - target).pow(2).mean().sqrt())
