"""Configuration of ``paramnet train``, validated at construction."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import require
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, InputConfig
from paramnet.training.loss.config import LossConfig
from paramnet.training.trainer_config import LoggerConfig, TrainerConfig


@dataclass
class TrainConfig:
    """A training run: the ``store`` it reads, the ``output`` folder it writes, and the scheme it fits.

    ``resume``: ``auto`` resumes from ``last.ckpt`` in ``output`` if there is one, ``never`` starts from the beginning, else the
    path of a checkpoint. ``overwrite`` allows the run to replace one of other settings or data in ``output``.
    ``fit_on``: the splits fitted to. ``validate_on``: the split that chooses the best epoch ("": the last epoch is best).
    ``linear_baseline`` also fits a linear network, into ``linear`` of ``output``, with the penalty ``linear_ridge`` per sample.
    ``adapters``: fine-tuning from a trained scheme, whose model, features and constraints replace those given here.
    ``contract``: name or file of the contract the store must have ("": any).
    """

    store: str
    output: str
    model: ModelConfig = field(default_factory=ModelConfig)
    features: list[FeatureConfig] = field(default_factory=list)
    constraints: list[ConstraintConfig] = field(default_factory=list)
    inputs: InputConfig = field(default_factory=InputConfig)
    adapters: AdapterConfig = field(default_factory=AdapterConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    validate_on: str = "validation"
    fit_on: list[str] = field(default_factory=lambda: ["train"])
    linear_baseline: bool = True
    linear_ridge: float = 1e-4
    contract: str = ""
    seed: int = 1
    resume: str = "auto"
    overwrite: bool = False

    def __post_init__(self) -> None:
        require(bool(self.store) and bool(self.output), "store, output", "two folders", (self.store, self.output))
        require(self.validate_on in ("", "validation", "test"), "validate_on", "validation, test or ''", self.validate_on)
        known = set(self.fit_on) <= {"train", "validation"} and bool(self.fit_on)
        require(known, "fit_on", "some of train, validation", self.fit_on)
        require(self.linear_ridge >= 0, "linear_ridge", "a penalty of at least 0", self.linear_ridge)
        require(bool(self.resume), "resume", "auto, never or the path of a checkpoint", self.resume)
