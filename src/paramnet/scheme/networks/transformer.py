"""Attention between the levels of a column."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass

from torch import Tensor, nn

from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.config import LevelModel, require


class LevelAttention(nn.Module):
    """Attention between all levels of a column: softmax(Q K' / sqrt(d)) V for each of ``heads`` parts of the channels.

    forward : (column, level, width) -> the same shape. Cost, without its two dense layers: 4 level^2 width FLOP.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads: int = heads
        self.read = nn.Linear(width, 3 * width)
        self.write = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        parts = self.read(h).reshape(h.shape[0], h.shape[1], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        return self.write(seen.transpose(1, 2).flatten(2))


class TransformerLayer(nn.Module):
    """h + attention(norm(h)), then h + dense(norm(h)) with twice the width inside."""

    def __init__(self, width: int, heads: int, activation: nn.Module, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width), LevelAttention(width, heads), nn.Dropout(dropout))
        self.dense = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), activation, nn.Dropout(dropout), nn.Linear(2 * width, width)
        )

    def forward(self, h: Tensor) -> Tensor:
        h = h + self.attention(h)
        return h + self.dense(h)


class ColumnTransformer(nn.Module):
    """``depth`` encoder layers with the levels as tokens, small: few channels, twice the width inside.

    Vaswani et al. (2017, NeurIPS), with normalization first as in Xiong et al. (2020, ICML). The position is encoded by the
    trained offset of each level in ``ColumnInput``. forward : (column, n_in) -> (column, n_out), dimensionless.
    """

    def __init__(
        self, before: ColumnInput, after: ColumnOutput, width: int, depth: int, heads: int, activation: nn.Module, dropout: float
    ) -> None:
        super().__init__()
        self.before = before
        self.layers = nn.ModuleList([TransformerLayer(width, heads, activation, dropout) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x).transpose(1, 2)
        for layer in self.layers:
            h = layer(h)
        return self.after(self.norm(h).transpose(1, 2))


@dataclass
class TransformerModel(LevelModel, kind="column_transformer"):
    """``depth`` layers of ``width`` channels in ``attention_heads`` parts."""

    depth: int = 3
    attention_heads: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.attention_heads >= 1, "attention_heads", "at least 1", self.attention_heads)
        require(self.width % self.attention_heads == 0, "width", f"a multiple of attention_heads {self.attention_heads}", self.width)

    def network(self, levels: int, before: ColumnInput, after: ColumnOutput) -> nn.Module:
        return ColumnTransformer(before, after, self.width, self.depth, self.attention_heads, self.activated(), self.dropout)
