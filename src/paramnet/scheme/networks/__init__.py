"""Networks, from dimensionless input columns to dimensionless output columns."""

from paramnet.scheme.networks.bilstm import BiLSTMModel
from paramnet.scheme.networks.build import build_network
from paramnet.scheme.networks.config import FlatModel, LevelModel, ModelConfig, with_free_weights
from paramnet.scheme.networks.cost import flop_per_column, parameter_count
from paramnet.scheme.networks.ensemble import Ensemble
from paramnet.scheme.networks.flow import Flow, FlowModel
from paramnet.scheme.networks.head import Head
from paramnet.scheme.networks.heads import HeadedNetwork, Heteroscedastic, Quantile
from paramnet.scheme.networks.linear import LinearModel, LinearNetwork
from paramnet.scheme.networks.memory import ColumnMemoryModel, unrolled
from paramnet.scheme.networks.mlp import MLPModel, MultilayerPerceptron
from paramnet.scheme.networks.residual_mlp import ResidualMLPModel
from paramnet.scheme.networks.transformer import TransformerModel
from paramnet.scheme.networks.unet import UNetModel

__all__ = [
    "BiLSTMModel",
    "ColumnMemoryModel",
    "Ensemble",
    "FlatModel",
    "Flow",
    "FlowModel",
    "Head",
    "HeadedNetwork",
    "Heteroscedastic",
    "LevelModel",
    "LinearModel",
    "LinearNetwork",
    "MLPModel",
    "ModelConfig",
    "MultilayerPerceptron",
    "Quantile",
    "ResidualMLPModel",
    "TransformerModel",
    "UNetModel",
    "build_network",
    "flop_per_column",
    "parameter_count",
    "unrolled",
    "with_free_weights",
]
