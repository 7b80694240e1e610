"""Networks, from dimensionless input columns to dimensionless output columns."""

from paramnet.architectures.build import build_network, gate_layout
from paramnet.architectures.config import MODEL_DIMS, MODEL_KINDS, ModelConfig
from paramnet.architectures.cost import flop_per_column, parameter_count
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
    "flop_per_column",
    "gate_layout",
    "parameter_count",
]
