"""Validation scores accumulated over batches in float64."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from paramnet.contract import Contract


class ValidationScores:
    """R2 and bias of each output in energy units, pooled over levels.

    R2 = 1 - sum of squared errors / sum of squared anomalies. Anomalies are from the mean of each output column, so predicting
    the mean profile scores zero. The bias is the mean of prediction minus truth over samples and levels, W m-2; outputs that are
    no energy have none.
    """

    def __init__(self, contract: Contract) -> None:
        self.columns = contract.output_columns
        self.in_watts = [variable.name for variable in contract.outputs if variable.scored_units == "W m-2"]
        self.count = 0
        self.error, self.signed, self.first, self.second = (torch.zeros(contract.n_out, dtype=torch.float64) for _ in range(4))

    def add(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch, both (sample, n_out) in W m-2."""
        self.count += len(target)
        target64 = target.double()
        # The sums stay on the device of the data, to avoid waiting for a GPU at every batch.
        difference = predicted.double() - target64
        self.error = self.error.to(target.device) + (difference**2).sum(dim=0)
        self.signed = self.signed.to(target.device) + difference.sum(dim=0)
        self.first = self.first.to(target.device) + target64.sum(dim=0)
        self.second = self.second.to(target.device) + (target64**2).sum(dim=0)

    def combine(self, summed: Callable[[Tensor], Tensor]) -> None:
        """Combine the samples of all processes; ``summed`` sums a tensor over them."""
        count = torch.full_like(self.error, self.count)
        together = summed(torch.stack([self.error, self.signed, self.first, self.second, count]))
        self.error, self.signed, self.first, self.second, self.count = *together[:4], int(together[4, 0])

    def result(self) -> dict[str, float]:
        """R2 by output name, without constant outputs."""
        anomaly = self.second - self.first**2 / max(1, self.count)
        scores = {}
        for name, columns in self.columns.items():
            variance = float(anomaly[columns].sum())
            if variance > 1e-12 * float(self.second[columns].sum()):
                scores[name] = 1.0 - float(self.error[columns].sum()) / variance
        return scores

    def bias(self) -> dict[str, float]:
        """Mean of prediction minus truth by output name, W m-2, mean over levels."""
        return {name: float(self.signed[self.columns[name]].mean()) / max(1, self.count) for name in self.in_watts}
