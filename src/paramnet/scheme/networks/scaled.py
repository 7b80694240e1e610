"""Multilayer perceptron whose hidden layers are scaled by random numbers."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from torch import Tensor, nn

INITIAL = 0.1  # standard deviation of a scale at first


class ScaledPerceptron(nn.Module):
    """Dense layers h = activation(W h' + b) (1 + S r), with the random numbers r : the last ``noise`` inputs, which have no other use.

    Noise then acts in proportion to what a layer holds, and not where it holds nothing. forward : (column, n_in) -> (column, n_out),
    dimensionless; n_in includes the random numbers.
    """

    def __init__(self, n_in: int, n_out: int, hidden: list[int], activation: nn.Module, noise: int) -> None:
        super().__init__()
        self.noise: int = noise
        widths = [n_in - noise, *hidden]
        self.layers = nn.ModuleList([nn.Linear(before, after) for before, after in zip(widths, hidden, strict=False)])
        self.scales = nn.ModuleList([nn.Linear(noise, width, bias=False) for width in hidden])
        for scale in self.scales:
            nn.init.normal_(scale.weight, std=INITIAL / noise**0.5)  # type: ignore[arg-type]
        self.activation = activation
        self.head = nn.Linear(widths[-1], n_out)

    def dense_layers(self) -> list[nn.Linear]:
        """From the inputs to the outputs, without the scales."""
        return [*(layer for layer in self.layers if isinstance(layer, nn.Linear)), self.head]

    def forward(self, x: Tensor) -> Tensor:
        hidden, random = x[:, : -self.noise], x[:, -self.noise :]
        for layer, scale in zip(self.layers, self.scales):  # noqa: B905 - TorchScript has no `strict`
            hidden = self.activation(layer(hidden)) * (1.0 + scale(random))
        outputs: Tensor = self.head(hidden)
        return outputs
