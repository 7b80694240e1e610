"""The loss in energy units: W m-2, each sample with its own level masses."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.architectures import ModelConfig
from paramnet.architectures.build import gate_layout
from paramnet.constraints import LayerMass
from paramnet.contract import Contract, ParamnetError
from paramnet.physics import energy_per_unit
from paramnet.store import ColumnStatistics
from paramnet.training.config import LossConfig

REFERENCE_PRESSURE = 1.0e5  # Pa, surface pressure at which columns are balanced against each other


class EnergyScale(nn.Module):
    """Factor that turns each output column into W m-2: (column, n_in) -> (column, n_out), from the sample's surface pressure."""

    factor: Tensor
    layer: Tensor
    massless: Tensor

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        factor, weighted = energy_per_unit(contract)
        layer = np.zeros(contract.n_out, dtype=int)
        for columns in contract.output_columns.values():
            if weighted[columns.start]:
                layer[columns] = np.arange(contract.n_levels)
        self.mass = LayerMass(contract)
        self.register_buffer("factor", torch.tensor(factor, dtype=torch.float32))
        self.register_buffer("layer", torch.tensor(layer))
        self.register_buffer("massless", torch.tensor(~weighted))

    def forward(self, inputs: Tensor) -> Tensor:
        mass = self.mass(inputs)[:, self.layer]
        return self.factor * torch.where(self.massless, torch.ones_like(mass), mass)


def balance_weights(config: LossConfig, contract: Contract, outputs: ColumnStatistics) -> torch.Tensor:
    """Weight per output column, 1 / (W m-2), so that balanced errors are of order one; zero for constant columns."""
    unknown = sorted(set(config.weights) - set(contract.output_columns))
    if unknown:
        raise ParamnetError(f"loss.weights: expected outputs of contract {contract.name} {list(contract.output_columns)}, got {unknown}")
    factor, weighted = energy_per_unit(contract)
    mass = contract.vertical_grid.pressure_thickness(REFERENCE_PRESSURE) / contract.constants["gravity"]
    spread = outputs.std * factor
    for columns in contract.output_columns.values():
        if weighted[columns.start]:
            spread[columns] *= mass
    live = ~outputs.constant
    plain = np.full(contract.n_out, np.sqrt(np.mean(spread[live] ** 2)))
    by_variable = plain.copy()
    for columns in contract.output_columns.values():
        if live[columns].any():
            # Over the variable's own columns: a surface flux weighs as much as a whole profile.
            by_variable[columns] = np.sqrt(np.sum(spread[columns][live[columns]] ** 2))
    by_column = np.where(live, spread, 1.0)
    scale = {"none": plain, "variable": by_variable, "column": by_column}[config.balance]
    weight = np.zeros(contract.n_out)
    for name, columns in contract.output_columns.items():
        weight[columns] = np.sqrt(config.weights.get(name, 1.0)) / scale[columns]
    return torch.tensor(np.where(live, weight, 0.0), dtype=torch.float32)


class EnergyLoss(nn.Module):
    """Mean over samples of the error summed over columns, dimensionless; about 1 for a scheme that predicts the mean.

    forward : inputs (sample, n_in), predicted and true outputs (sample, n_out) in contract units, gate logits
    (sample, n_gates), area_weight (sample) -> scalar.
    """

    weight: Tensor

    def __init__(self, config: LossConfig, model: ModelConfig, contract: Contract, outputs: ColumnStatistics) -> None:
        super().__init__()
        self.config = config
        self.energy = EnergyScale(contract)
        self.register_buffer("weight", balance_weights(config, contract, outputs))
        # So that predicting the mean costs about one, whatever the balance.
        live = torch.tensor(~outputs.constant)
        reference = balance_weights(LossConfig(balance="column"), contract, outputs)
        self.norm = float(((self.weight[live] / reference[live]) ** 2).sum())
        layout = gate_layout(model, contract) if model.kind == "mlp" else []
        self.members = [[j for j, gate in enumerate(layout) if gate == index] for index in range(max(layout, default=-1) + 1)]

    def forward(self, inputs: Tensor, predicted: Tensor, target: Tensor, logits: Tensor, area_weight: Tensor) -> Tensor:
        error = (predicted - target) * self.energy(inputs) * self.weight
        per_sample = self._penalty(error).sum(dim=1) / self.norm
        if self.config.gate_weight > 0 and self.members:
            per_sample = per_sample + self.config.gate_weight * self._gate_entropy(target, logits)
        return (per_sample * area_weight).mean() if self.config.area_weighted else per_sample.mean()

    def _penalty(self, error: Tensor) -> Tensor:
        if self.config.kind == "mse":
            return error * error
        if self.config.kind == "mae":
            return error.abs()
        delta = self.config.huber_delta
        return torch.where(error.abs() < delta, error * error, delta * (2.0 * error.abs() - delta))

    def _gate_entropy(self, target: Tensor, logits: Tensor) -> Tensor:
        acts = torch.stack([(target[:, columns] != 0).any(dim=1) for columns in self.members], dim=1)
        entropy = nn.functional.binary_cross_entropy_with_logits(logits, acts.to(logits.dtype), reduction="none")
        return entropy.mean(dim=1)
