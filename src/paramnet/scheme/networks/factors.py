"""Multilayer perceptron whose outputs are multiplied by random numbers, after the stochastically perturbed tendencies of weather models."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from torch import Tensor, nn

from paramnet.scheme.networks.noisy_outputs import INITIAL


class RandomFactors(nn.Module):
    """y = m(x) (1 + A r) + B r: mean m by a network, and trained loadings A and B of the random numbers r.

    r : the last ``noise`` inputs, which have no other use. B is there because m(x) is standardized: outputs are zero where m(x) is not.
    With one random number, which lasts some hours, it is the scheme of Buizza, Miller & Palmer (1999, QJRMS 125) with an amplitude for
    each output. forward : (column, n_in) -> (column, n_out), dimensionless; n_in includes the random numbers. Without noise it is m(x).
    """

    def __init__(self, n_in: int, n_out: int, hidden: list[int], activation: nn.Module, noise: int) -> None:
        super().__init__()
        self.noise: int = noise
        widths = [n_in - noise, *hidden]
        layers = [part for before, after in zip(widths, hidden, strict=False) for part in (nn.Linear(before, after), activation)]
        self.mean = nn.Sequential(*layers, nn.Linear(widths[-1], n_out))
        self.factors = nn.Linear(noise, n_out, bias=False)
        self.offsets = nn.Linear(noise, n_out, bias=False)
        nn.init.constant_(self.factors.weight, INITIAL / noise**0.5)
        nn.init.zeros_(self.offsets.weight)

    def dense_layers(self) -> list[nn.Linear]:
        """From the inputs to the mean."""
        return [layer for layer in self.mean if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        random = x[:, -self.noise :]
        outputs: Tensor = self.mean(x[:, : -self.noise]) * (1.0 + self.factors(random)) + self.offsets(random)
        return outputs
