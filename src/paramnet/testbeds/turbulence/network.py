"""A small convolutional network from q to the subgrid forcing of q, one for all cases."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from paramnet.testbeds.quasigeostrophic import TwoLayers


class Network(nn.Module):
    """Three convolutions of 5 x 5 points, periodic, with two hidden layers of ``channels``; the mean over the square is 0.

    A closure; float32 inside. input_scale, output_scale : (layer), standard deviations of q and the forcing in the training data.
    """

    def __init__(self, channels: int, input_scale: Tensor, output_scale: Tensor) -> None:
        super().__init__()
        widths = (2, channels, channels, 2)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 5, padding=2, padding_mode="circular"), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])
        self.input_scale: Tensor
        self.output_scale: Tensor
        self.register_buffer("input_scale", input_scale.float()[:, None, None])
        self.register_buffer("output_scale", output_scale.float()[:, None, None])

    def scaled(self, q: Tensor) -> Tensor:
        """The forcing in its scale, of q in its own : (sample, layer, y, x)."""
        out = self.layers(q)
        return out - out.mean((-2, -1), keepdim=True)

    def forward(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        """Transform of the forcing, s-2."""
        q = system.to_field(q_hat).float() / self.input_scale
        out = self.scaled(q.reshape(-1, *q.shape[-3:])).reshape(q.shape) * self.output_scale
        return system.to_spectrum(out.double())


def train(q: Tensor, forcing: Tensor, channels: int, steps: int, seed: int, batch: int = 8, rate: float = 2e-3) -> Network:
    """A network trained on the square of the error in each layer's scale, by Adam with a rate that falls to 0.

    q, forcing : (sample, layer, y, x), of all cases. seed : of the first weights and the order of the samples.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network = Network(channels, q.std((0, 2, 3)), forcing.std((0, 2, 3)))
    inputs, targets = q.float() / network.input_scale, forcing.float() / network.output_scale
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with torch.enable_grad():
        for _ in range(steps):
            chosen = torch.randint(len(inputs), (batch,), generator=generator)
            optimiser.zero_grad()
            loss = ((network.scaled(inputs[chosen]) - targets[chosen]) ** 2).mean()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return network.eval().requires_grad_(False)
