"""Configuration of ``paramnet compress``."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import require
from paramnet.training.loss.config import LossConfig
from paramnet.training.trainer_config import LoggerConfig, TrainerConfig


@dataclass
class CompressConfig:
    """``checkpoint`` is compressed into ``output``, with the training samples of ``store`` ("": those of its training).

    ``tolerance`` : share of the outputs' variance that each layer may lose by what is left out of it. ``samples`` : training columns
    on which this is measured, with ``probes`` random directions of the outputs for each. ``share`` : of the large network's outputs
    in the targets of the distillation, which is trained like any scheme with ``loss``, ``trainer`` and ``logger``; ``fit_on``,
    ``validate_on``, ``seed``, ``resume`` and ``overwrite`` as in ``TrainConfig``.
    """

    checkpoint: str
    output: str
    store: str = ""
    tolerance: float = 0.001
    samples: int = 16_384
    probes: int = 4
    share: float = 0.5
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    fit_on: list[str] = field(default_factory=lambda: ["train"])
    validate_on: str = "validation"
    seed: int = 1
    resume: str = "auto"
    overwrite: bool = False

    def __post_init__(self) -> None:
        require(bool(self.checkpoint) and bool(self.output), "checkpoint, output", "a file and a folder", (self.checkpoint, self.output))
        require(0 < self.tolerance < 1, "tolerance", "a share of the variance in (0, 1)", self.tolerance)
        require(self.samples >= 2, "samples", "at least 2 columns", self.samples)
        require(self.probes >= 1, "probes", "at least 1", self.probes)
        require(0 <= self.share <= 1, "share", "a share in [0, 1]", self.share)
