"""Recurrences as one operation when torch.export traces a scheme, which otherwise repeats all of their arithmetic at every level."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.exporting.program.builder import NotLowerable


@torch.library.custom_op("paramnet::lstm", mutates_args=())
def _lstm(x: Tensor, weight: Tensor, state_weight: Tensor, bias: Tensor, directions: str) -> Tensor:
    raise NotImplementedError("traced only")


@_lstm.register_fake
def _(x: Tensor, weight: Tensor, state_weight: Tensor, bias: Tensor, directions: str) -> Tensor:
    return x.new_empty((*x.shape[:2], weight.shape[0] // 4))


OPERATION = torch.ops.paramnet.lstm.default


class TracedLSTM(nn.Module):
    """An nn.LSTM, of which only the outputs are used, as one operation for each of its layers.

    Weights of both directions are stacked : (directions * 4 * width, inputs), gates in torch's order i, f, g, o; both biases added.
    """

    def __init__(self, layer: nn.LSTM, name: str) -> None:
        super().__init__()
        if not layer.batch_first or layer.proj_size:
            raise NotLowerable(f"layer {name}", expected="an LSTM on (column, level, channel) without projection", got=str(layer))
        self.directions = "both" if layer.bidirectional else "forward"
        suffixes = ("", "_reverse") if layer.bidirectional else ("",)
        self.depth = layer.num_layers
        for number in range(self.depth):
            parts = {kind: [getattr(layer, f"{kind}_l{number}{suffix}") for suffix in suffixes] for kind in ("weight_ih", "weight_hh")}
            none = torch.zeros(4 * layer.hidden_size * len(suffixes))
            bias = none
            if layer.bias:
                bias = sum(
                    (torch.cat([getattr(layer, f"{kind}_l{number}{suffix}") for suffix in suffixes]) for kind in ("bias_ih", "bias_hh")),
                    none,
                )
            self.register_buffer(f"weight{number}", torch.cat(parts["weight_ih"]).detach())
            self.register_buffer(f"state_weight{number}", torch.cat(parts["weight_hh"]).detach())
            self.register_buffer(f"bias{number}", bias.detach())

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        for number in range(self.depth):
            weights = (getattr(self, f"{kind}{number}") for kind in ("weight", "state_weight", "bias"))
            x = OPERATION(x, *weights, self.directions)
        return x, None
