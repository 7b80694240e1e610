"""Recurrence along the column, up and down at once."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from torch import Tensor, nn

from paramnet.architectures.column import ColumnInput, ColumnOutput


class ColumnBiLSTM(nn.Module):
    """``depth`` bidirectional LSTM layers over the levels, each added to what it reads: the state at a level knows the whole
    column above and below.

    Hochreiter & Schmidhuber (1997), Schuster & Paliwal (1997); as residual layers over levels the ResLSTM of the ClimSim
    Kaggle edition. ``width`` is the state of one direction: 2 x width channels per level.
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
