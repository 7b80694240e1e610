"""Multilayer perceptron with noise around its mean, whose amplitude depends on the column."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import math

from torch import Tensor, nn

INITIAL = 0.3  # standard deviation of the noise of an output at first


class NoisyOutputs(nn.Module):
    """y = m(x) + exp(s(x)) (F r): mean m and amplitude of every output by one network, and loadings F of the random numbers r.

    r : the last ``noise`` inputs, which have no other use. The covariance of a column's outputs is diag(e^s) F F^T diag(e^s): how
    outputs vary together is the same in all columns, how much is not. Without noise it is the mean.
    forward : (column, n_in) -> (column, n_out), dimensionless; n_in includes the random numbers.
    """

    def __init__(self, n_in: int, n_out: int, hidden: list[int], activation: nn.Module, noise: int) -> None:
        super().__init__()
        self.noise: int = noise
        self.n_out: int = n_out
        widths = [n_in - noise, *hidden]
        layers = [part for before, after in zip(widths, hidden, strict=False) for part in (nn.Linear(before, after), activation)]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], 2 * n_out)
        self.loadings = nn.Linear(noise, n_out, bias=False)
        nn.init.normal_(self.loadings.weight, std=noise**-0.5)
        nn.init.zeros_(self.head.weight[n_out:])
        nn.init.constant_(self.head.bias[n_out:], math.log(INITIAL))

    def dense_layers(self) -> list[nn.Linear]:
        """From the inputs to the mean and the amplitude of the outputs."""
        return [*(layer for layer in self.trunk if isinstance(layer, nn.Linear)), self.head]

    def forward(self, x: Tensor) -> Tensor:
        raw = self.head(self.trunk(x[:, : -self.noise]))
        outputs: Tensor = raw[:, : self.n_out] + raw[:, self.n_out :].exp() * self.loadings(x[:, -self.noise :])
        return outputs
