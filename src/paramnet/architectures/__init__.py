"""Networks: dimensionless columns in, dimensionless columns out."""

from paramnet.architectures.build import build_network, gate_layout
from paramnet.architectures.config import MODEL_DIMS, MODEL_KINDS, ModelConfig
from paramnet.architectures.ensemble import Ensemble
from paramnet.architectures.heads import HeadedNetwork, Heteroscedastic, Quantile
from paramnet.architectures.linear import LinearNetwork
from paramnet.architectures.mlp import MultilayerPerceptron

__all__ = [
    "MODEL_DIMS",
    "MODEL_KINDS",
    "Ensemble",
    "HeadedNetwork",
    "Heteroscedastic",
    "LinearNetwork",
    "ModelConfig",
    "MultilayerPerceptron",
    "Quantile",
    "build_network",
    "gate_layout",
]
