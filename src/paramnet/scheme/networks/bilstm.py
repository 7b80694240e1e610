"""A recurrent network along the column, in both directions."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass

from torch import Tensor, nn

from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.config import LevelModel


class ColumnBiLSTM(nn.Module):
    """``depth`` residual bidirectional LSTM layers over the levels; the state at a level depends on the complete column.

    Hochreiter & Schmidhuber (1997), Schuster & Paliwal (1997); with residual layers the ResLSTM of the ClimSim Kaggle edition.
    ``width`` is the size of the state in one direction: 2 x width channels per level.
    forward : (column, n_in) -> (column, n_out), dimensionless. Cost: 48 width^2 FLOP per level and layer.
    """

    def __init__(self, before: ColumnInput, after: ColumnOutput, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.before = before
        self.layers = nn.ModuleList([nn.LSTM(2 * width, width, batch_first=True, bidirectional=True) for _ in range(depth)])
        self.dropout = nn.Dropout(dropout)
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x).transpose(1, 2).contiguous()
        for layer in self.layers:
            h = h + self.dropout(layer(h)[0])
        return self.after(h.transpose(1, 2))


@dataclass
class BiLSTMModel(LevelModel, kind="column_bilstm"):
    """``depth`` layers of ``width`` channels per direction."""

    width: int = 48

    @property
    def channels(self) -> int:
        return 2 * self.width

    def network(self, levels: int, before: ColumnInput, after: ColumnOutput) -> nn.Module:
        return ColumnBiLSTM(before, after, self.width, self.depth, self.dropout)
