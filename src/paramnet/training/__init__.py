"""Training: from a store to a checkpoint that carries its contract, statistics and provenance."""

from paramnet.training.checkpoint import Checkpoint, load_checkpoint
from paramnet.training.config import LossConfig, ScheduleConfig, TrainConfig, TrainerConfig
from paramnet.training.predict import predict
from paramnet.training.scheme import Scheme
from paramnet.training.train import TrainResult, train

__all__ = [
    "Checkpoint",
    "LossConfig",
    "ScheduleConfig",
    "Scheme",
    "TrainConfig",
    "TrainResult",
    "TrainerConfig",
    "load_checkpoint",
    "predict",
    "train",
]
