"""How a trained scheme is adapted to another climate with few weights and little data."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.training.trainer_config import require

ADAPTERS = ("none", "lora", "tucker", "subspace", "full")
NORMALIZATIONS = ("base", "store")


@dataclass
class AdapterConfig:
    """Starting from the checkpoint ``base``, whose model, features and constraints are taken over.

    ``kind``: ``lora`` adds a product of two matrices of ``rank`` to each dense layer's weights (Hu et al. 2021, times ``alpha`` /
    rank); ``tucker`` adds a core of rank x rank x kernel between two matrices to each 1-D convolution's, and ``lora`` to the
    dense layers beside them; ``subspace`` moves all weights together in ``dimension`` random directions (Li et al. 2018);
    ``full`` trains every weight. ``biases`` trains the biases too. ``seed`` draws matrices and directions.
    ``normalization``: ``base`` keeps the base's, ``store`` takes the new data's.
    """

    kind: str = "none"
    base: str = ""
    rank: int = 4
    alpha: float = 8.0
    dimension: int = 200
    biases: bool = False
    seed: int = 0
    normalization: str = "base"

    def __post_init__(self) -> None:
        require(self.kind in ADAPTERS, "adapters.kind", f"one of {ADAPTERS}", self.kind)
        told = "the checkpoint to start from, such as runs/train/best.ckpt" if self.adapts else "'' without adapters; say adapters=lora"
        require(bool(self.base) == self.adapts, "adapters.base", told, self.base)
        require(self.rank >= 1, "adapters.rank", "at least 1", self.rank)
        require(self.alpha > 0, "adapters.alpha", "a positive factor", self.alpha)
        require(self.dimension >= 1, "adapters.dimension", "at least 1", self.dimension)
        require(self.normalization in NORMALIZATIONS, "adapters.normalization", f"one of {NORMALIZATIONS}", self.normalization)

    @property
    def adapts(self) -> bool:
        """Whether the run starts from a trained scheme."""
        return self.kind != "none"
