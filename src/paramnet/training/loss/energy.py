"""The loss in energy units, W m-2, with the level masses of each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import REFERENCE_PRESSURE, energy_per_unit
from paramnet.scheme.constraints import ConstraintConfig, LayerMass, build_constraint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.networks.head import Head, best_estimate
from paramnet.store import ColumnStatistics
from paramnet.training.loss.config import LossConfig
from paramnet.training.loss.mean_error import MeanError
from paramnet.training.loss.penalties import require_head


class EnergyScale(nn.Module):
    """Factor from each output column to W m-2: (column, n_in) -> (column, n_out), from the surface pressure of the sample."""

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
        self.mass = LayerMass(contract) if weighted.any() else None
        self.register_buffer("factor", torch.tensor(factor, dtype=torch.float32))
        self.register_buffer("layer", torch.tensor(layer))
        self.register_buffer("massless", torch.tensor(~weighted))

    def forward(self, inputs: Tensor) -> Tensor:
        if self.mass is None:
            return self.factor.expand(len(inputs), -1)
        mass = self.mass(inputs)[:, self.layer]
        return self.factor * torch.where(self.massless, torch.ones_like(mass), mass)


def balance_weights(balance: str, contract: Contract, outputs: ColumnStatistics) -> NDArray[np.float64]:
    """Weight per output column, 1 / (W m-2), which makes balanced errors of order one; zero for constant columns."""
    spread = energy_spread(contract, outputs)
    live = ~outputs.constant
    energy = live & _is_energy(contract)
    plain = np.full(contract.n_out, np.sqrt(np.mean(spread[energy] ** 2)) if energy.any() else 1.0)
    scale = np.where(live, spread, 1.0) if balance == "column" else plain
    if balance == "none":
        for variable in contract.outputs:
            columns = contract.output_columns[variable.name]
            if not energy[columns].any() and live[columns].any():
                # What is no energy has a scale of its own: each of its columns counts as much as one of the others on average.
                scale[columns] = np.sqrt(np.mean(spread[columns][live[columns]] ** 2))
    if balance == "variable":
        for columns in contract.output_columns.values():
            if live[columns].any():
                # Summed over the columns of the variable: a surface flux counts as much as a complete profile.
                scale[columns] = np.sqrt(np.sum(spread[columns][live[columns]] ** 2))
    return np.where(live, 1.0 / scale, 0.0)


def _is_energy(contract: Contract) -> NDArray[np.bool_]:
    """True for the columns of outputs that have a conversion to W m-2 : (n_out)."""
    energy = np.ones(contract.n_out, dtype=bool)
    for variable in contract.outputs:
        energy[contract.output_columns[variable.name]] = variable.energy is None or variable.energy.factor != "none"
    return energy


def energy_spread(contract: Contract, outputs: ColumnStatistics) -> NDArray[np.float64]:
    """Standard deviation of each output column in the training data, W m-2, at the reference surface pressure."""
    factor, weighted = energy_per_unit(contract)
    spread = outputs.std * factor
    if not weighted.any():
        return spread
    mass = contract.vertical_grid.pressure_thickness(REFERENCE_PRESSURE) / contract.constants["gravity"]
    for columns in contract.output_columns.values():
        if weighted[columns.start]:
            spread[columns] *= mass
    return spread


def variable_weights(config: LossConfig, contract: Contract) -> NDArray[np.float64]:
    """The configured factor of each output column : (n_out). Raises ParamnetError for a name that is not an output."""
    unknown = sorted(set(config.weights) - set(contract.output_columns))
    if unknown:
        raise ParamnetError(
            "loss.weights", expected=f"outputs of contract {contract.name} {list(contract.output_columns)}", got=str(unknown)
        )
    weight = np.ones(contract.n_out)
    for name, factor in config.weights.items():
        weight[contract.output_columns[name]] = factor
    return weight


def build_penalty(config: LossConfig, head: Head, spread: Tensor) -> Any:
    """Build the configured penalty. Raises ParamnetError if it cannot be applied to the head."""
    penalty: Any = config.penalty(head, spread)
    if type(config) not in LossConfig.parts.values() and not (hasattr(penalty, "heads") and getattr(penalty, "power", 0) in (1, 2)):
        raise ParamnetError(
            f"loss.kind {config.kind}",
            expected="a penalty with `heads`, the heads it applies to, and `power`, 1 or 2",
            got=type(penalty).__qualname__,
            remedy="add them to the class, as in docs/guides/own_parts.md",
        )
    require_head(config.kind, penalty.heads, head)
    return penalty


def judged_head(config: LossConfig, model: ModelConfig, contract: Contract) -> Head:
    """The head the loss is applied to: that of each member, or for CRPS all members together, or all draws of a stochastic scheme.

    In flow matching it is the velocity of a flow.
    """
    head = model.member_head
    if config.kind == "flow_matching" and model.kind == "flow":
        return Head("flow")
    if model.random_numbers(contract) > 0:
        return Head("ensemble", members=config.draws)
    if config.kind == "crps" and model.size > 1 and head.kind == "deterministic":
        return Head("ensemble", members=model.size)
    return head


class SoftClosure(nn.Module):
    """Squared residual of a column budget, relative to the spread of the profile that its closure would adjust.

    The spread is the square root of the variance in the training data summed over levels, W m-2. forward : inputs
    (sample, n_in), outputs (sample, n_out), contract units -> (sample).
    """

    def __init__(self, config: ConstraintConfig, contract: Contract, spread: NDArray[np.float64]) -> None:
        super().__init__()
        closure: Any = build_constraint(config, contract)
        size = float(np.sqrt(np.sum(spread[contract.output_columns[closure.adjusted]] ** 2)))
        if not size > 0:
            raise ParamnetError(
                f"loss.closures {config.kind}",
                expected=f"training data in which {closure.adjusted} varies",
                got="a constant",
                remedy="remove this closure from the loss",
            )
        self.closure = closure
        self.factor: float = closure.watts / size

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        residual: Tensor = self.closure.residual(inputs, outputs)[:, 0] * self.factor  # type: ignore[operator]
        return (residual * residual).to(outputs.dtype)


class EnergyLoss(nn.Module):
    """Mean over samples of the error summed over output columns, dimensionless; of order 1 for a scheme that predicts the mean.

    forward : inputs (sample, n_in), predicted as returned by the head (see ``architectures.Head``), true outputs
    (sample, n_out), both in contract units, gate logits (sample, n_gates), area_weight (sample) -> scalar. For an ensemble
    predicted is (sample, member, …) and logits (sample, member, n_gates), and the loss is the mean over the losses of the
    members; CRPS applies to all members together.
    """

    weight: Tensor
    importance: Tensor

    def __init__(
        self, config: LossConfig, model: ModelConfig, contract: Contract, outputs: ColumnStatistics, head: Head | None = None
    ) -> None:
        super().__init__()
        self.config = config
        head = head or judged_head(config, model, contract)
        self.head = head
        self.apart: bool = model.size > 1 and head.kind != "ensemble"
        self.energy = EnergyScale(contract)
        live = ~outputs.constant
        self.penalty = build_penalty(config, head, torch.tensor(np.where(live, outputs.std, 1.0), dtype=torch.float32))
        weight, importance = balance_weights(config.balance, contract, outputs), variable_weights(config, contract)
        # Normalized so that predicting the mean costs about one, for any balance.
        cost = (weight * np.where(live, energy_spread(contract, outputs), 0.0)) ** self.penalty.power
        if not np.any(importance * cost > 0):
            raise ParamnetError(
                "loss.weights",
                expected=f"a positive weight on an output of contract {contract.name} that varies",
                got=str(config.weights),
            )
        self.register_buffer("weight", torch.tensor(weight, dtype=torch.float32))
        self.register_buffer("importance", torch.tensor(importance / np.sum(importance * cost), dtype=torch.float32))
        self.mean_error = MeanError(config.bias_rate, contract.n_out) if config.bias_rate > 0 else None
        self.closures = nn.ModuleList([SoftClosure(closure, contract, energy_spread(contract, outputs)) for closure in config.closures])
        layout = model.gates(contract)
        self.members = [[j for j, gate in enumerate(layout) if gate == index] for index in range(max(layout, default=-1) + 1)]

    def forward(self, inputs: Tensor, predicted: Tensor, target: Tensor, logits: Tensor, area_weight: Tensor) -> Tensor:
        scale = self.energy(inputs) * self.weight
        if self.apart:
            penalty = torch.stack([self.penalty(member, target, scale) for member in predicted.unbind(dim=1)]).mean(dim=0)
        else:
            penalty = self.penalty(predicted, target, scale)
        if self.mean_error is not None:
            penalty = penalty + self.mean_error((self._estimate(predicted) - target) * scale, area_weight)
        per_sample = (penalty * self.importance).sum(dim=1)
        if self.config.gate_weight > 0 and self.members:
            per_sample = per_sample + self.config.gate_weight * self._gate_entropy(target, logits)
        for closure in self.closures:
            per_sample = per_sample + self.config.closure_weight * self._of_estimates(closure, inputs, predicted)
        if self.config.inactive_weight != 1.0:
            acts = ((target != 0) & (self.importance > 0)).any(dim=1)
            per_sample = torch.where(acts, per_sample, self.config.inactive_weight * per_sample)
        return (per_sample * area_weight).mean() if self.config.area_weighted else per_sample.mean()

    def _estimate(self, predicted: Tensor) -> Tensor:
        """The outputs : (sample, n_out) that the scheme would return."""
        if not self.apart:
            return best_estimate(predicted, self.head)
        return torch.stack([best_estimate(member, self.head) for member in predicted.unbind(dim=1)]).mean(dim=0)

    def _of_estimates(self, closure: nn.Module, inputs: Tensor, predicted: Tensor) -> Tensor:
        """Penalty of a closure : (sample), for the best estimate; for an ensemble the mean over members."""
        if self.head.kind == "ensemble":
            return torch.stack([closure(inputs, member) for member in predicted.unbind(dim=1)]).mean(dim=0)
        if self.apart:
            members = [best_estimate(member, self.head) for member in predicted.unbind(dim=1)]
            return torch.stack([closure(inputs, member) for member in members]).mean(dim=0)
        result: Tensor = closure(inputs, best_estimate(predicted, self.head))
        return result

    def _gate_entropy(self, target: Tensor, logits: Tensor) -> Tensor:
        acts = torch.stack([(target[:, columns] != 0).any(dim=1) for columns in self.members], dim=1)
        acts = acts.to(logits.dtype) if logits.dim() == 2 else acts.to(logits.dtype).unsqueeze(1).expand_as(logits)
        return nn.functional.binary_cross_entropy_with_logits(logits, acts, reduction="none").flatten(1).mean(dim=1)
