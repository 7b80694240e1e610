"""Networks, from dimensionless input columns to dimensionless output columns."""

from paramnet.scheme.networks.build import build_network, gate_layout
from paramnet.scheme.networks.config import MODEL_DIMS, MODEL_KINDS, ModelConfig
from paramnet.scheme.networks.cost import flop_per_column, parameter_count
from paramnet.scheme.networks.ensemble import Ensemble
from paramnet.scheme.networks.heads import HeadedNetwork, Heteroscedastic, Quantile
from paramnet.scheme.networks.linear import LinearNetwork
from paramnet.scheme.networks.mlp import MultilayerPerceptron

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
