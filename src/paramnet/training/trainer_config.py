"""How a fit runs: rates, schedule, data path, processes, precision, logs."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.datasets import RESIDENCES

SCHEDULES = ("constant", "step", "cosine", "one_cycle", "plateau")
AVERAGES = ("none", "ema", "swa")
LOGGERS = ("csv", "tensorboard", "mlflow")
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed", "64-true")
MATMULS = ("highest", "high", "medium")
COMPILES = ("none", "default", "reduce-overhead", "max-autotune")
ACCELERATORS = ("cpu", "gpu", "auto")


def require(holds: bool, key: str, expected: str, got: object) -> None:
    """Raise ParamnetError naming the key, what it should be and what it is."""
    if not holds:
        raise ParamnetError(f"{key}: expected {expected}, got {got!r}")


@dataclass
class ScheduleConfig:
    """Learning rate over the run: ``constant``; ``step`` multiplies by ``factor`` every ``every_epochs`` (Rasp et al.: 1/5
    every 3); ``cosine`` rises linearly over ``warmup`` of the run, then falls to zero; ``one_cycle`` rises along a cosine
    over ``warmup`` of the run, then falls to zero; ``plateau`` multiplies by ``factor`` after ``patience`` epochs without a
    better validation loss."""

    kind: str = "one_cycle"
    factor: float = 0.2
    every_epochs: int = 3
    warmup: float = 0.1
    patience: int = 2

    def __post_init__(self) -> None:
        require(self.kind in SCHEDULES, "trainer.schedule.kind", f"one of {SCHEDULES}", self.kind)
        require(self.every_epochs >= 1, "trainer.schedule.every_epochs", "at least 1", self.every_epochs)
        require(0 < self.factor <= 1, "trainer.schedule.factor", "a factor in (0, 1]", self.factor)
        require(0 <= self.warmup < 1, "trainer.schedule.warmup", "a share in [0, 1)", self.warmup)
        require(self.patience >= 0, "trainer.schedule.patience", "a number of epochs", self.patience)


@dataclass
class DataConfig:
    """Where samples lie: on the GPU (``device``), in ``memory``, or ``stream`` from the store; ``auto`` takes the first that
    fits into ``free_share`` of what is free. Streams read blocks of ``block`` samples, ``blocks_ahead`` in advance."""

    residence: str = "auto"
    free_share: float = 0.6
    block: int = 262_144
    blocks_ahead: int = 2

    def __post_init__(self) -> None:
        require(self.residence in RESIDENCES, "trainer.data.residence", f"one of {RESIDENCES}", self.residence)
        require(0 < self.free_share <= 1, "trainer.data.free_share", "a share in (0, 1]", self.free_share)
        require(self.block >= 1 and self.blocks_ahead >= 0, "trainer.data", "a block of at least 1, none or more ahead", self)


@dataclass
class AverageConfig:
    """Average of the weights over the run, which is validated, saved and exported in their place: ``ema`` (exponential
    moving, ``decay`` per step) or ``swa`` (equal, one a step); both begin after ``start`` of the run."""

    kind: str = "none"
    decay: float = 0.999
    start: float = 0.0

    def __post_init__(self) -> None:
        require(self.kind in AVERAGES, "trainer.average.kind", f"one of {AVERAGES}", self.kind)
        require(0 <= self.decay < 1, "trainer.average.decay", "a decay in [0, 1)", self.decay)
        require(0 <= self.start < 1, "trainer.average.start", "a share of the run in [0, 1)", self.start)


@dataclass
class RestoringConfig:
    """Against drift aloft: while training, profiles above ``above`` (Pa) are disturbed by ``noise`` standard deviations (0: not
    at all) and the target is told to take that back within ``days``."""

    noise: float = 0.0
    above: float = 25_000.0
    days: float = 3.0

    def __post_init__(self) -> None:
        require(self.noise >= 0, "trainer.restoring.noise", "standard deviations, 0 for none", self.noise)
        require(self.above > 0, "trainer.restoring.above", "a pressure in Pa", self.above)
        require(self.days > 0, "trainer.restoring.days", "a time in days", self.days)


@dataclass
class LoggerConfig:
    """Where metrics go: ``csv`` beside the checkpoints, ``tensorboard`` there too, or ``mlflow`` at ``tracking_uri``
    ("": the SQLite file ``mlruns.db`` beside the checkpoints) under ``experiment``."""

    kind: str = "csv"
    experiment: str = "paramnet"
    tracking_uri: str = ""

    def __post_init__(self) -> None:
        require(self.kind in LOGGERS, "logger.kind", f"one of {LOGGERS}", self.kind)


@dataclass
class TrainerConfig:
    """How the fit runs.

    ``batch_size`` counts the samples of all processes together, so that a result does not hang on their number:
    ``devices`` processes on each of ``nodes`` machines. ``accelerator`` auto is a GPU where torch finds one.
    ``threads`` 0 leaves torch's own choice. ``early_stopping`` ends after that many epochs without improvement (0: never).
    ``input_noise`` adds that many standard deviations of noise to normalized inputs, ``restoring`` teaches the way back from
    drift aloft. ``gradient_clip`` 0 is off. ``precision`` is Lightning's; ``matmul`` high or medium allows TF32 or bfloat16
    inside float32 products. ``compile`` names torch.compile's mode (reduce-overhead: CUDA graphs).
    ``checkpoint_every_minutes`` saves ``last.ckpt`` within epochs too (0: at their ends alone). ``deterministic`` refuses
    operations that are not.
    """

    epochs: int = 18
    batch_size: int = 1024
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    average: AverageConfig = field(default_factory=AverageConfig)
    data: DataConfig = field(default_factory=DataConfig)
    gradient_clip: float = 0.0
    input_noise: float = 0.0
    restoring: RestoringConfig = field(default_factory=RestoringConfig)
    early_stopping: int = 0
    threads: int = 0
    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: str = "32-true"
    matmul: str = "highest"
    compile: str = "none"
    deterministic: bool = False
    checkpoint_every_minutes: float = 0.0
    progress_bar: bool = True

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "trainer.epochs", "at least 1", self.epochs)
        require(self.batch_size >= 1, "trainer.batch_size", "at least 1", self.batch_size)
        require(self.learning_rate > 0, "trainer.learning_rate", "a positive rate", self.learning_rate)
        require(self.early_stopping >= 0, "trainer.early_stopping", "a number of epochs, 0 for never", self.early_stopping)
        require(min(self.input_noise, self.gradient_clip, self.weight_decay) >= 0, "trainer", "no negative rates", self)
        require(
            self.checkpoint_every_minutes >= 0, "trainer.checkpoint_every_minutes", "minutes, 0 for never", self.checkpoint_every_minutes
        )
        require(min(self.devices, self.nodes) >= 1, "trainer.devices, trainer.nodes", "at least 1", (self.devices, self.nodes))
        choices = {"accelerator": ACCELERATORS, "precision": PRECISIONS, "matmul": MATMULS, "compile": COMPILES}
        for key, allowed in choices.items():
            require(getattr(self, key) in allowed, f"trainer.{key}", f"one of {allowed}", getattr(self, key))
