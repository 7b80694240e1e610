"""The scheme: everything between physical inputs and physical outputs, in one module."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.architectures import MultilayerPerceptron, build_network
from paramnet.architectures.build import ModelConfig
from paramnet.constraints import ConstraintConfig, build_constraint
from paramnet.contract import Contract
from paramnet.normalization import Denormalizer, FeatureConfig, Features, Normalizer
from paramnet.store import ColumnStatistics
from paramnet.training.noise import input_noise


class Scheme(nn.Module):
    """normalize -> network -> denormalize -> constrain.

    forward : (column, n_in) -> (column, n_out), both in contract units and columns, float32 or float64 in and the same
    out; computed in the dtype of its weights (float32 as trained, float64 after ``.double()``). Columns never see each other.
    """

    def __init__(
        self,
        contract: Contract,
        inputs: ColumnStatistics,
        outputs: ColumnStatistics,
        model: ModelConfig,
        features: list[FeatureConfig],
        constraints: list[ConstraintConfig],
    ) -> None:
        super().__init__()
        # A gate says zero by z = 0, so the mean may not be added to its outputs.
        centred = model.kind == "linear" or model.gate == "none"
        self.normalizer = Normalizer(inputs.mean, inputs.std, inputs.constant, model.input_limit)
        self.has_features: bool = bool(features)
        self.features = Features(contract, features) if features else nn.Identity()
        width = contract.n_in + (self.features.width if isinstance(self.features, Features) else 0)
        self.network = build_network(model, contract, width)
        self.denormalizer = Denormalizer(outputs.mean, outputs.std, outputs.constant, centred)
        self.constraints = nn.ModuleList([build_constraint(config, contract) for config in constraints])

    def forward(self, x: Tensor) -> Tensor:
        inputs = x.to(self.normalizer.mean.dtype)
        return self.finish(inputs, self.network(self.prepare(inputs))).to(x.dtype)

    def prepare(self, inputs: Tensor) -> Tensor:
        """What the network sees : (column, n_in + features), dimensionless."""
        normalized = self.normalizer(inputs)
        if self.has_features:
            return torch.cat([normalized, self.features(inputs)], dim=1)
        return normalized

    def finish(self, inputs: Tensor, z: Tensor) -> Tensor:
        """Network output z : (column, n_out), dimensionless -> constrained outputs in contract units."""
        outputs = self.denormalizer(z)
        for constraint in self.constraints:
            outputs = constraint(inputs, outputs)
        return outputs

    def with_logits(self, inputs: Tensor, noise: float = 0.0, key: tuple[int, int] = (0, 0)) -> tuple[Tensor, Tensor]:
        """For training: outputs : (column, n_out), contract units, and gate logits : (column, n_gates), empty if no gate.

        The network sees ``noise`` standard deviations of noise drawn by ``key`` (seed, step); the constraints do not.
        """
        z = input_noise(self.prepare(inputs), noise, *key)
        if isinstance(self.network, MultilayerPerceptron):
            amplitude, logits = self.network.amplitude_and_logits(z)
            return self.finish(inputs, amplitude), logits
        amplitude = self.network(z)
        return self.finish(inputs, amplitude), amplitude[:, :0]
