"""Networks: dimensionless columns in, dimensionless columns out."""

from paramnet.architectures.build import MODEL_KINDS, ModelConfig, build_network
from paramnet.architectures.linear import LinearNetwork
from paramnet.architectures.mlp import MultilayerPerceptron

__all__ = ["MODEL_KINDS", "LinearNetwork", "ModelConfig", "MultilayerPerceptron", "build_network"]
