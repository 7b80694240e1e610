"""An ensemble of networks with different random initial weights; the output is their mean."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn


class Ensemble(nn.Module):
    """The mean of the members, which are trained together, each on its own loss.

    Hansen & Salamon (1990); with heads that predict an error, the deep ensembles of Lakshminarayanan et al. (2017, NeurIPS).
    forward : (column, n_in) -> (column, n_out). ``spread`` is the standard deviation of the members, which is larger where
    training data are sparse. Cost: that of a member times their number.
    """

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(1, dtype=x.dtype, device=x.device)
        for member in self.members:
            total = total + member(x)
        return total * (1.0 / len(self.members))

    def spread(self, x: Tensor) -> Tensor:
        """Standard deviation over the members (n - 1 in the denominator) : (column, n_out), dimensionless."""
        return torch.stack([member(x) for member in self.members]).std(dim=0)
