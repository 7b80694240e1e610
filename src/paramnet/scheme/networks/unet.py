"""A U-Net over the levels of a column: convolutions at full, half, quarter … resolution with skip connections."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.config import LevelModel, require


class ConvolutionBlock(nn.Module):
    """h + conv(act(norm(conv(act(norm(h)))))), the last convolution initially zero; h passes a 1 x 1 convolution if widths differ."""

    def __init__(self, n_in: int, n_out: int, kernel: int, activation: nn.Module, dropout: float) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.GroupNorm(groups(n_in), n_in), activation, nn.Conv1d(n_in, n_out, kernel, padding=kernel // 2))
        self.after = nn.Sequential(
            nn.GroupNorm(groups(n_out), n_out), activation, nn.Dropout(dropout), nn.Conv1d(n_out, n_out, kernel, padding=kernel // 2)
        )
        self.skip = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else nn.Identity()
        nn.init.zeros_(self.after[3].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.after[3].bias)  # type: ignore[arg-type]

    def forward(self, h: Tensor) -> Tensor:
        return self.skip(h) + self.after(self.before(h))


def groups(width: int) -> int:
    """Number of groups of channels for group normalization: at most 8, of equal size."""
    return max(count for count in range(1, 9) if width % count == 0)


class ColumnUNet(nn.Module):
    """A U-Net with ``depth`` halvings of the number of levels.

    Down: a block, then a convolution of stride 2 with twice the channels. Bottom: a block. Up: each level is repeated, joined
    with the output of the block at this resolution on the way down, and passed through a block. Any number of levels is
    allowed: halving rounds up, and doubling drops the last level.

    Ronneberger et al. (2015, MICCAI) in one dimension; over model levels Hu et al. (2024, JAMES 2025, ClimSim-Online) and the
    ClimSim Kaggle edition, here without attention and with half the number of blocks.
    forward : (column, n_in) -> (column, n_out), dimensionless. Columns are independent: normalization is within a column.
    """

    def __init__(
        self, before: ColumnInput, after: ColumnOutput, width: int, depth: int, kernel: int, activation: nn.Module, dropout: float
    ):
        super().__init__()
        widths = [width * 2**step for step in range(depth + 1)]
        self.before = before
        self.down = nn.ModuleList([ConvolutionBlock(w, w, kernel, activation, dropout) for w in widths[:-1]])
        self.halve = nn.ModuleList([nn.Conv1d(w, 2 * w, 3, stride=2, padding=1) for w in widths[:-1]])
        self.bottom = ConvolutionBlock(widths[-1], widths[-1], kernel, activation, dropout)
        self.narrow = nn.ModuleList([nn.Conv1d(2 * w, w, 1) for w in widths[-2::-1]])
        self.up = nn.ModuleList([ConvolutionBlock(2 * w, w, kernel, activation, dropout) for w in widths[-2::-1]])
        self.last = nn.Sequential(nn.GroupNorm(groups(width), width), activation)
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x)
        passed: list[Tensor] = []
        for block, halve in zip(self.down, self.halve):  # noqa: B905  TorchScript does not support `strict`
            h = block(h)
            passed.append(h)
            h = halve(h)
        h = self.bottom(h)
        for block, narrow in zip(self.up, self.narrow):  # noqa: B905
            finer = passed.pop()
            h = torch.repeat_interleave(narrow(h), 2, dim=2)[:, :, : finer.shape[2]]
            h = block(torch.cat([h, finer], dim=1))
        return self.after(self.last(h))


@dataclass
class UNetModel(LevelModel, kind="column_unet"):
    """``depth`` halvings of the number of levels, ``kernel`` levels in one convolution, ``width`` channels at full resolution."""

    width: int = 32
    kernel: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.kernel % 2 == 1 and self.kernel >= 1, "kernel", "an odd number of levels", self.kernel)

    def network(self, levels: int, before: ColumnInput, after: ColumnOutput) -> nn.Module:
        most = (levels // 2).bit_length() - 1
        if self.depth > most:
            raise ParamnetError("model.depth", expected=f"at most {most} halvings of {levels} levels", got=str(self.depth))
        return ColumnUNet(before, after, self.width, self.depth, self.kernel, self.activated(), self.dropout)
