"""First and last layer of every network over levels: from the flat column of the contract to (column, channel, level) and back."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.scheme.networks.fourier import RandomFourier
from paramnet.scheme.networks.layout import ColumnLayout


class ColumnInput(nn.Module):
    """``width`` channels at each level: an affine map of the profiles, plus one of the scalars, plus a trained offset of the level.

    Equal to a convolution with kernel 1 over [profiles, scalars repeated on every level, one-hot level], without the
    repetition. ``fourier`` adds random Fourier features of (profiles at the level, scalars) to the mapped inputs.
    forward : (column, n_in) -> (column, width, level), dimensionless.
    """

    profile_index: Tensor
    scalar_index: Tensor

    def __init__(self, layout: ColumnLayout, width: int, fourier: int = 0, fourier_scale: float = 0.1) -> None:
        super().__init__()
        self.channels: int = len(layout.input_profiles)
        self.levels: int = layout.n_levels
        self.scalars: int = len(layout.input_scalars)
        # (level, channel) order: Linear layers map the last dimension.
        by_level = torch.tensor(layout.input_profiles).T.reshape(-1)
        self.register_buffer("profile_index", by_level, persistent=False)
        self.register_buffer("scalar_index", torch.tensor(layout.input_scalars, dtype=torch.long), persistent=False)
        self.has_fourier: bool = fourier > 0
        self.fourier = RandomFourier(self.channels + self.scalars, fourier, fourier_scale) if fourier else nn.Identity()
        self.of_profiles = nn.Linear(self.channels + fourier, width)
        self.of_scalars = nn.Linear(self.scalars, width, bias=False) if self.scalars else nn.Identity()
        self.of_level = nn.Parameter(torch.randn(self.levels, width) * 0.1)

    def forward(self, x: Tensor) -> Tensor:
        profiles = x[:, self.profile_index].reshape(-1, self.levels, self.channels)
        single = x[:, self.scalar_index]
        if self.has_fourier:
            repeated = single.unsqueeze(1).expand(-1, self.levels, -1)
            profiles = torch.cat([profiles, self.fourier(torch.cat([profiles, repeated], dim=2))], dim=2)
        h = self.of_profiles(profiles) + self.of_level
        if self.scalars > 0:
            h = h + self.of_scalars(single).unsqueeze(1)
        return h.transpose(1, 2)


class ColumnOutput(nn.Module):
    """Profiles from an affine map at each level; scalars from a dense layer on the column mean and the lowest level.

    ``parts`` repeats the outputs for heads with several numbers per output. forward : (column, width, level) ->
    (column, parts * n_out), each part in contract order.
    """

    order: Tensor

    def __init__(self, layout: ColumnLayout, width: int, activation: nn.Module, parts: int = 1) -> None:
        super().__init__()
        profiles, scalars, levels = len(layout.output_profiles), len(layout.output_scalars), layout.n_levels
        self.profiles: int = profiles
        self.scalars: int = scalars
        self.of_levels = nn.Linear(width, parts * profiles) if profiles else nn.Identity()
        self.of_column: nn.Module = nn.Identity()
        if scalars:
            self.of_column = nn.Sequential(nn.Linear(2 * width, 2 * width), activation, nn.Linear(2 * width, parts * scalars))
        order = []
        for part in range(parts):
            place = {}
            for channel, positions in enumerate(layout.output_profiles):
                # Computed in (level, channel) order.
                place.update({position: level * parts * profiles + part * profiles + channel for level, position in enumerate(positions)})
            for index, position in enumerate(layout.output_scalars):
                place[position] = levels * parts * profiles + part * scalars + index
            order += [place[position] for position in range(len(place))]
        self.register_buffer("order", torch.tensor(order), persistent=False)

    def forward(self, h: Tensor) -> Tensor:
        found: list[Tensor] = []
        if self.profiles > 0:
            found.append(self.of_levels(h.transpose(1, 2)).flatten(1))
        if self.scalars > 0:
            found.append(self.of_column(torch.cat([h.mean(dim=2), h[:, :, -1]], dim=1)))
        return torch.cat(found, dim=1)[:, self.order]
