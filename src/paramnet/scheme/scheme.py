"""The scheme: one module from physical inputs to physical outputs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.constraints import ConstraintConfig, build_constraint
from paramnet.scheme.networks import (
    Ensemble,
    HeadedNetwork,
    Heteroscedastic,
    ModelConfig,
    MultilayerPerceptron,
    Quantile,
    build_network,
    unrolled,
)
from paramnet.scheme.networks.head import best_estimate
from paramnet.scheme.normalization import Denormalizer, FeatureConfig, Features, InputConfig, Normalizer, deviation_floor, shown_inputs
from paramnet.store import ColumnStatistics

__all__ = ["Scheme"]


class Scheme(nn.Module):
    """normalize -> network -> denormalize -> constrain.

    forward : (column, width) -> (column, n_out), in contract units and order, float32 or float64, with the dtype of the input.
    ``width`` is n_in, for a stochastic scheme plus ``noise``: standard normal numbers after the inputs of the contract. A scheme with
    memory takes ``memory`` numbers of the step before between them, and gives as many after its outputs.
    Computed in the dtype of the weights (float32 as trained, float64 after ``.double()``). Columns are independent.
    """

    def __init__(
        self,
        contract: Contract,
        inputs: ColumnStatistics,
        outputs: ColumnStatistics,
        model: ModelConfig,
        features: list[FeatureConfig],
        constraints: list[ConstraintConfig],
        selection: InputConfig | None = None,
    ) -> None:
        super().__init__()
        # Gated outputs must be zero at z = 0, so the mean is not added to them.
        centred = not model.is_gated
        self.member_head = model.member_head
        # For the network hidden and constant inputs are zero.
        selection = selection or InputConfig()
        silent = inputs.constant | ~shown_inputs(selection, contract, [feature.kind for feature in features])
        spread = np.maximum(inputs.std, deviation_floor(selection, contract, inputs))
        self.normalizer = Normalizer(inputs.mean, spread, silent, model.input_limit)
        self.has_features: bool = bool(features)
        self.features = Features(contract, features, selection) if features else nn.Identity()
        widths = self.features.widths if isinstance(self.features, Features) else []
        self.noise: int = model.random_numbers(contract)
        self.memory: int = model.memory_numbers
        self.burn_in: int = model.uncounted_steps
        self.n_in: int = contract.n_in
        self.n_out: int = contract.n_out
        self.network = build_network(model, contract, contract.n_in + sum(widths) + self.noise, [*widths, *[1] * self.noise])
        self.denormalizer = Denormalizer(outputs.mean, outputs.std, outputs.constant, centred)
        self.constraints = nn.ModuleList([build_constraint(config, contract) for config in constraints])

    def forward(self, x: Tensor) -> Tensor:
        values = x.to(self.normalizer.mean.dtype)
        if self.noise + self.memory == 0:
            return self.finish(values, self.network(self.prepare(values))).to(x.dtype)
        inputs = values[:, : self.n_in]
        z = self.network(torch.cat([self.prepare(inputs), values[:, self.n_in :]], dim=1))
        if self.memory == 0:
            return self.finish(inputs, z).to(x.dtype)
        return torch.cat([self.finish(inputs, z[:, : self.n_out]), z[:, self.n_out :]], dim=1).to(x.dtype)

    @property
    def width(self) -> int:
        """Numbers per column that ``forward`` takes."""
        return self.n_in + self.memory + self.noise

    def prepare(self, inputs: Tensor) -> Tensor:
        """Inputs of the network : (column, n_in + features), dimensionless."""
        normalized = self.normalizer(inputs)
        if self.has_features:
            return torch.cat([normalized, self.features(inputs)], dim=1)
        return normalized

    def shown(self) -> Tensor:
        """Mask of the network's inputs that can differ from zero : (width)."""
        parts = [self.normalizer.inverse_std, *([self.features.inverse_std] if isinstance(self.features, Features) else [])]
        return torch.cat(parts) != 0

    def finish(self, inputs: Tensor, z: Tensor) -> Tensor:
        """Network output z : (column, n_out), dimensionless -> constrained outputs in contract units."""
        outputs = self.denormalizer(z)
        for constraint in self.constraints:
            outputs = constraint(inputs, outputs)
        return outputs

    def with_logits(self, inputs: Tensor, noise: Tensor | None = None, draws: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """For the loss: predictions as the head returns them (see ``networks.head.Head``), and gate logits : (column, n_gates).

        Contract units; logits are empty without gates; for an ensemble dimension 1 of both is the member. ``noise``
        (``paramnet.scheme.noise``) is added to the network's standardized inputs but not to those of constraints. ``draws`` :
        (column, draw, noise), the numbers of a stochastic scheme; dimension 1 of the results is then the draw.

        For a scheme with memory inputs are (sequence, step, n_in), and so are the first dimensions of the results, while those of
        ``noise`` and ``draws`` are (sequence x step). The memory is zero before each sequence; each draw has its own.
        """
        if self.memory > 0:
            return self._of_sequences(inputs, noise, draws)
        z = self.prepare(inputs)
        if noise is not None:
            z = z + noise
        if draws is not None:
            count = draws.shape[1]
            repeated = torch.cat([z.repeat_interleave(count, dim=0), draws.flatten(0, 1)], dim=1)
            predicted, logits = self._as_head(self.network, inputs.repeat_interleave(count, dim=0), repeated)
            return predicted.unflatten(0, (-1, count)), logits.unflatten(0, (-1, count))
        if not isinstance(self.network, Ensemble):
            return self._as_head(self.network, inputs, z)
        members = [self._as_head(member, inputs, z) for member in self.network.members]
        return torch.stack([predicted for predicted, _ in members], dim=1), torch.stack([logits for _, logits in members], dim=1)

    def _of_sequences(self, inputs: Tensor, noise: Tensor | None, draws: Tensor | None) -> tuple[Tensor, Tensor]:
        shape, count = inputs.shape[:2], 1 if draws is None else draws.shape[1]
        rows = inputs.flatten(0, 1)
        z = self.prepare(rows)
        z = (z if noise is None else z + noise).unflatten(0, shape).repeat_interleave(count, dim=0)
        random = None if draws is None else draws.unflatten(0, shape).transpose(1, 2).flatten(0, 1)
        raw = unrolled(self.network, z, self.memory, self.n_out, random).unflatten(0, (-1, count)).transpose(1, 2)
        outputs = self.finish(rows.repeat_interleave(count, dim=0), raw.flatten(0, 2)).unflatten(0, (*shape, count))
        predicted = outputs.squeeze(2) if draws is None else outputs
        return predicted, predicted[..., :0]

    def counted(self, *parts: Tensor) -> tuple[Tensor, ...]:
        """What counts of parts (sequence, step, ...) of a scheme with memory : (sample, ...); without memory, the parts themselves."""
        return tuple(part[:, self.burn_in :].flatten(0, 1) for part in parts) if self.memory > 0 else parts

    def _as_head(self, network: nn.Module, inputs: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        if isinstance(network, MultilayerPerceptron):
            amplitude, logits = network.amplitude_and_logits(z)
            return self.finish(inputs, amplitude), logits
        raw = network.body(z) if isinstance(network, HeadedNetwork) else network(z)
        none = raw[:, :0]
        if not isinstance(network, HeadedNetwork):
            return self.finish(inputs, raw), none
        if isinstance(network.head, Heteroscedastic):
            return torch.stack([self.finish(inputs, network.head(raw)), network.head.log_variance(raw)], dim=1), none
        if isinstance(network.head, Quantile):
            return torch.stack([self.finish(inputs, level) for level in network.head.quantiles(raw).unbind(dim=1)], dim=1), none
        return self.finish(inputs, network.head(raw)), none

    def best(self, predicted: Tensor) -> Tensor:
        """Outputs a host would get : (column, n_out), from the predictions of ``with_logits``; of draws their mean."""
        if self.noise > 0:
            return predicted.mean(dim=1)
        if not isinstance(self.network, Ensemble):
            return best_estimate(predicted, self.member_head)
        return torch.stack([best_estimate(member, self.member_head) for member in predicted.unbind(dim=1)]).mean(dim=0)
