"""What a training run may be told; everything is checked when it is built."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.architectures import ModelConfig
from paramnet.constraints import ConstraintConfig
from paramnet.contract import ParamnetError
from paramnet.normalization import FeatureConfig

LOSSES = ("mse", "mae", "huber", "pinball", "crps", "gaussian_nll", "gaussian_crps")
BALANCES = ("none", "variable", "column")
SCHEDULES = ("constant", "step", "cosine", "one_cycle")


def _require(holds: bool, key: str, expected: str, got: object) -> None:
    if not holds:
        raise ParamnetError(f"{key}: expected {expected}, got {got!r}")


@dataclass
class LossConfig:
    """Error in W m-2, with each sample's own level masses.

    ``kind``: mse, mae or huber (quadratic below ``huber_delta``, in units of what ``balance`` makes one) for a deterministic
    head; pinball for quantiles; crps for an ensemble (``crps_fairness`` 1 fair, 0 plain); gaussian_nll (``nll_beta``: see
    GaussianLikelihood) or gaussian_crps for a heteroscedastic head. ``balance``: ``none`` is plain W m-2, ``variable`` gives
    each variable the same variance, ``column`` each output column. ``weights`` multiply the loss of variables by contract
    name. ``area_weighted`` weights samples by the area they stand for. ``gate_weight`` adds, for a gated model, the
    cross-entropy of each gate against "the target is not exactly zero".
    """

    kind: str = "mse"
    balance: str = "variable"
    huber_delta: float = 1.0
    crps_fairness: float = 1.0
    nll_beta: float = 0.0
    area_weighted: bool = False
    weights: dict[str, float] = field(default_factory=dict)
    gate_weight: float = 0.0

    def __post_init__(self) -> None:
        _require(self.kind in LOSSES, "loss.kind", f"one of {LOSSES}", self.kind)
        _require(self.balance in BALANCES, "loss.balance", f"one of {BALANCES}", self.balance)
        _require(self.huber_delta > 0, "loss.huber_delta", "a positive number of standard deviations", self.huber_delta)
        _require(0 <= self.crps_fairness <= 1, "loss.crps_fairness", "a share in [0, 1]", self.crps_fairness)
        _require(0 <= self.nll_beta <= 1, "loss.nll_beta", "a power in [0, 1]", self.nll_beta)
        _require(all(weight >= 0 for weight in self.weights.values()), "loss.weights", "factors of at least 0", self.weights)
        _require(self.gate_weight >= 0, "loss.gate_weight", "a weight of at least 0", self.gate_weight)


@dataclass
class ScheduleConfig:
    """Learning rate over the run: ``constant``; ``step`` multiplies by ``factor`` every ``every_epochs`` (Rasp et al.: 1/5
    every 3); ``cosine`` falls to zero; ``one_cycle`` rises over ``warmup`` of the run, then falls to zero."""

    kind: str = "one_cycle"
    factor: float = 0.2
    every_epochs: int = 3
    warmup: float = 0.1

    def __post_init__(self) -> None:
        _require(self.kind in SCHEDULES, "trainer.schedule.kind", f"one of {SCHEDULES}", self.kind)
        _require(self.every_epochs >= 1, "trainer.schedule.every_epochs", "at least 1", self.every_epochs)
        _require(0 < self.factor <= 1, "trainer.schedule.factor", "a factor in (0, 1]", self.factor)
        _require(0 <= self.warmup < 1, "trainer.schedule.warmup", "a share in [0, 1)", self.warmup)


@dataclass
class TrainerConfig:
    """How the fit runs. ``threads`` 0 leaves torch's own choice; ``memory_budget_gb`` is how large a split may be to be
    held in memory (streamed otherwise); ``early_stopping`` ends after that many epochs without improvement (0: never);
    ``input_noise`` adds that many standard deviations of noise to normalized inputs; ``gradient_clip`` 0 is off."""

    epochs: int = 18
    batch_size: int = 1024
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    gradient_clip: float = 0.0
    input_noise: float = 0.0
    early_stopping: int = 0
    threads: int = 0
    accelerator: str = "cpu"
    memory_budget_gb: float = 8.0
    progress_bar: bool = True

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, "trainer.epochs", "at least 1", self.epochs)
        _require(self.batch_size >= 1, "trainer.batch_size", "at least 1", self.batch_size)
        _require(self.learning_rate > 0, "trainer.learning_rate", "a positive rate", self.learning_rate)
        _require(self.early_stopping >= 0, "trainer.early_stopping", "a number of epochs, 0 for never", self.early_stopping)
        _require(min(self.input_noise, self.gradient_clip, self.weight_decay) >= 0, "trainer", "no negative rates", self)


@dataclass
class TrainConfig:
    """A training run: the ``store`` it reads, the ``output`` folder it writes, and the scheme it fits.

    ``resume``: ``auto`` goes on from ``last.ckpt`` in ``output`` if there is one, ``never`` starts afresh, else a path.
    ``fit_on`` names the splits fitted on, ``validate_on`` the split that chooses the best epoch ("" takes the last).
    ``contract``, when given, is the contract name or file the store must have been made with.
    """

    store: str
    output: str
    model: ModelConfig = field(default_factory=ModelConfig)
    features: list[FeatureConfig] = field(default_factory=list)
    constraints: list[ConstraintConfig] = field(default_factory=list)
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    validate_on: str = "validation"
    fit_on: list[str] = field(default_factory=lambda: ["train"])
    contract: str = ""
    seed: int = 1
    resume: str = "auto"

    def __post_init__(self) -> None:
        _require(bool(self.store) and bool(self.output), "store, output", "two folders", (self.store, self.output))
        _require(self.validate_on in ("", "validation", "test"), "validate_on", "validation, test or ''", self.validate_on)
        known = set(self.fit_on) <= {"train", "validation"} and bool(self.fit_on)
        _require(known, "fit_on", "some of train, validation", self.fit_on)
        _require(bool(self.resume), "resume", "auto, never or the path of a checkpoint", self.resume)
