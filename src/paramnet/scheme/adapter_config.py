"""Configuration of fine-tuning: adapting a trained scheme to another climate with few weights and little data."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import require
from paramnet.parts import Kind

__all__ = ["AdapterConfig", "Distilled", "Extended", "FromBase"]

NORMALIZATIONS = ("base", "store")


@dataclass
class AdapterConfig(Kind, key="adapters"):
    """Fine-tuning from a trained scheme, or none."""

    kind: str = "none"

    @property
    def adapts(self) -> bool:
        """True if the run starts from a trained scheme."""
        return isinstance(self, FromBase)

    @property
    def keeps_normalization(self) -> bool:
        """True if the scheme is normalized as the trained one."""
        return isinstance(self, FromBase) and self.normalization == "base"


@dataclass
class NoAdapters(AdapterConfig, kind="none"):
    """Train every weight from the beginning."""


@dataclass
class FromBase(AdapterConfig, abstract=True):
    """Fine-tuning from the checkpoint ``base``, with its model, features and constraints.

    ``normalization``: ``base`` keeps that of the base, ``store`` takes that of the new data.
    """

    base: str = ""
    normalization: str = "base"

    def __post_init__(self) -> None:
        require(bool(self.base), "adapters.base", "the checkpoint to start from, such as runs/train/best.ckpt", self.base)
        require(self.normalization in NORMALIZATIONS, "adapters.normalization", f"one of {NORMALIZATIONS}", self.normalization)


@dataclass
class Full(FromBase, kind="full"):
    """Train every weight."""


@dataclass
class Extended(FromBase, kind="extended"):
    """Train every weight of the model given, which begins with those of the base and has noise or memory in addition.

    Features, inputs and normalization are those of the base; model and constraints are this run's.
    """


@dataclass
class Distilled(Full, kind="distilled"):
    """Train every weight on ``share`` times the outputs of the checkpoint ``teacher`` plus (1 - share) times those of the store."""

    teacher: str = ""
    share: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.teacher), "adapters.teacher", "the checkpoint to learn from, such as runs/train/best.ckpt", self.teacher)
        require(0 <= self.share <= 1, "adapters.share", "a share in [0, 1]", self.share)


@dataclass
class Lora(FromBase, kind="lora"):
    """Adds ``alpha`` / ``rank`` times a product of two matrices of rank ``rank`` to the weights of each dense layer (Hu et al. 2021).

    ``biases`` trains the biases too. ``seed``: of the random matrices.
    """

    rank: int = 4
    alpha: float = 8.0
    biases: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.rank >= 1, "adapters.rank", "at least 1", self.rank)
        require(self.alpha > 0, "adapters.alpha", "a positive factor", self.alpha)


@dataclass
class Tucker(Lora, kind="tucker"):
    """Adds a core of rank x rank x kernel between two matrices to the weights of each 1-D convolution; ``lora`` for dense layers."""


@dataclass
class Subspace(FromBase, kind="subspace"):
    """Moves all weights together in ``dimension`` random directions (Li et al. 2018), drawn with ``seed``."""

    dimension: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.dimension >= 1, "adapters.dimension", "at least 1", self.dimension)
