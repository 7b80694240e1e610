"""Training: from a store to a checkpoint with its contract, statistics and provenance."""

from paramnet.training.checkpoint import Checkpoint, load_checkpoint
from paramnet.training.config import LossConfig, TrainConfig
from paramnet.training.predict import predict
from paramnet.training.resuming import TrainResult
from paramnet.training.scheme import Scheme
from paramnet.training.train import train
from paramnet.training.trained_on import Described, find_trained_store, open_data, part_in_training
from paramnet.training.trainer_config import AverageConfig, DataConfig, LoggerConfig, ScheduleConfig, TrainerConfig

__all__ = [
    "AverageConfig",
    "Checkpoint",
    "DataConfig",
    "Described",
    "LoggerConfig",
    "LossConfig",
    "ScheduleConfig",
    "Scheme",
    "TrainConfig",
    "TrainResult",
    "TrainerConfig",
    "find_trained_store",
    "load_checkpoint",
    "open_data",
    "part_in_training",
    "predict",
    "train",
]
