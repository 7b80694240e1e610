"""Configuration of the trainer: learning rate, schedule, data, processes, precision, loggers."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import require
from paramnet.parts import Kind
from paramnet.training.data import RESIDENCES
from paramnet.training.schedule import ScheduleConfig

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed", "64-true")
MATMULS = ("highest", "high", "medium")
COMPILES = ("none", "default", "reduce-overhead", "max-autotune")
ACCELERATORS = ("cpu", "gpu", "auto")


@dataclass
class DataConfig:
    """Where samples are held: on the GPU (``device``), in ``memory``, or in the store (``stream``).

    ``auto`` is the first of these for which ``free_share`` of the free memory is enough. Streaming reads blocks of ``block``
    samples, ``blocks_ahead`` in advance.
    """

    residence: str = "auto"
    free_share: float = 0.6
    block: int = 262_144
    blocks_ahead: int = 2

    def __post_init__(self) -> None:
        require(self.residence in RESIDENCES, "trainer.data.residence", f"one of {RESIDENCES}", self.residence)
        require(0 < self.free_share <= 1, "trainer.data.free_share", "a share in (0, 1]", self.free_share)
        require(self.block >= 1, "trainer.data.block", "at least 1", self.block)
        require(self.blocks_ahead >= 0, "trainer.data.blocks_ahead", "at least 0", self.blocks_ahead)


@dataclass
class AverageConfig(Kind, key="trainer.average"):
    """Average of the weights over the run, which is validated, saved and exported instead of them."""

    kind: str = "none"


@dataclass
class NoAverage(AverageConfig, kind="none"):
    """The last weights."""


@dataclass
class RunningAverage(AverageConfig, abstract=True):
    """An average that begins after the fraction ``start`` of the run."""

    start: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.start < 1, "trainer.average.start", "a share of the run in [0, 1)", self.start)

    def rate(self, steps: int) -> float:
        """Weight of the present weights in the average of ``steps`` steps."""
        raise NotImplementedError


@dataclass
class ExponentialAverage(RunningAverage, kind="ema"):
    """Exponential moving average with ``decay`` per step, less in the first steps: (1 + steps) / (10 + steps)."""

    decay: float = 0.999

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.decay < 1, "trainer.average.decay", "a decay in [0, 1)", self.decay)

    def rate(self, steps: int) -> float:
        return 1.0 - min(self.decay, (1 + steps) / (10 + steps))


@dataclass
class EqualAverage(RunningAverage, kind="swa"):
    """Equal average over the steps."""

    start: float = 0.75

    def rate(self, steps: int) -> float:
        return 1.0 / steps


@dataclass
class RestoringConfig:
    """Restoring tendencies against upper-level drift (``training.restoring``).

    In training, profiles at pressures below ``above`` (Pa) are perturbed by ``noise`` standard deviations (0: off). The target
    gets the tendency that removes the perturbation within ``days``.
    """

    noise: float = 0.0
    above: float = 25_000.0
    days: float = 3.0

    def __post_init__(self) -> None:
        require(self.noise >= 0, "trainer.restoring.noise", "standard deviations, 0 for none", self.noise)
        require(self.above > 0, "trainer.restoring.above", "a pressure in Pa", self.above)
        require(self.days > 0, "trainer.restoring.days", "a time in days", self.days)


@dataclass
class LoggerConfig(Kind, key="logger"):
    """Where metrics go."""

    kind: str = "csv"


@dataclass
class CsvLogger(LoggerConfig, kind="csv"):
    """Tables next to the checkpoints."""


@dataclass
class TensorBoard(LoggerConfig, kind="tensorboard"):
    """TensorBoard's files next to the checkpoints."""


@dataclass
class Mlflow(LoggerConfig, kind="mlflow"):
    """MLflow at ``tracking_uri`` ("": the SQLite file ``mlruns.db`` next to the checkpoints) under the name ``experiment``."""

    experiment: str = "paramnet"
    tracking_uri: str = ""


@dataclass
class Wandb(LoggerConfig, kind="wandb"):
    """A run of ``project`` at Weights & Biases, of ``entity`` ("": that of the login); ``offline`` writes it to ``wandb/`` only."""

    project: str = "paramnet"
    entity: str = ""
    offline: bool = False


@dataclass
class TrainerConfig:
    """Length, learning rate, hardware and precision of the fit.

    ``batch_size`` is the number of samples of all processes together, so results do not depend on the number of processes:
    ``devices`` on each of ``nodes`` machines. ``accelerator`` auto is a GPU if torch finds one. ``threads`` 0: torch's default.
    ``early_stopping`` ends the run after N epochs without improvement (0: never). ``input_noise``: noise on normalized inputs,
    in standard deviations. ``restoring``: restoring tendencies against upper-level drift. ``gradient_clip`` 0 is off.
    ``precision`` is Lightning's. ``matmul`` high or medium allows TF32 or bfloat16 in float32 products. ``compile``: mode of
    torch.compile (reduce-overhead: CUDA graphs). ``checkpoint_every_minutes`` also saves ``last.ckpt`` within epochs (0: only at
    their ends). ``deterministic`` refuses non-deterministic operations.
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
        for key in ("input_noise", "gradient_clip", "weight_decay"):
            require(getattr(self, key) >= 0, f"trainer.{key}", "at least 0", getattr(self, key))
        require(
            self.checkpoint_every_minutes >= 0, "trainer.checkpoint_every_minutes", "minutes, 0 for never", self.checkpoint_every_minutes
        )
        require(min(self.devices, self.nodes) >= 1, "trainer.devices, trainer.nodes", "at least 1", (self.devices, self.nodes))
        choices = {"accelerator": ACCELERATORS, "precision": PRECISIONS, "matmul": MATMULS, "compile": COMPILES}
        for key, allowed in choices.items():
            require(getattr(self, key) in allowed, f"trainer.{key}", f"one of {allowed}", getattr(self, key))
