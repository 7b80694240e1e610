"""Training: from a store to a checkpoint with its contract, statistics and provenance."""

from paramnet.training.config import TrainConfig
from paramnet.training.loss.config import LossConfig
from paramnet.training.resuming import TrainResult
from paramnet.training.schedule import ScheduleConfig
from paramnet.training.train import train
from paramnet.training.trainer_config import AverageConfig, DataConfig, LoggerConfig, TrainerConfig

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
