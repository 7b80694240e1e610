"""Training: from a store to a checkpoint with its contract, statistics and provenance."""

from paramnet.training.config import LossConfig, TrainConfig
from paramnet.training.resuming import TrainResult
from paramnet.training.train import train
from paramnet.training.trainer_config import AverageConfig, DataConfig, LoggerConfig, ScheduleConfig, TrainerConfig

__all__ = [
    "AverageConfig",
    "DataConfig",
    "LoggerConfig",
    "LossConfig",
    "ScheduleConfig",
    "TrainConfig",
    "TrainResult",
    "TrainerConfig",
    "train",
]
