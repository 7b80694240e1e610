"""Configuration of fine-tuning: adapting a trained scheme to another climate with few weights and little data."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import require

ADAPTERS = ("none", "lora", "tucker", "subspace", "full")
NORMALIZATIONS = ("base", "store")


@dataclass
class AdapterConfig:
    """Fine-tuning from the checkpoint ``base``, with its model, features and constraints.

    ``kind``: ``lora`` adds ``alpha`` / ``rank`` times a product of two matrices of rank ``rank`` to the weights of each dense
    layer (Hu et al. 2021). ``tucker`` adds a core of rank x rank x kernel between two matrices to the weights of each 1-D
    convolution, and ``lora`` to the dense layers. ``subspace`` moves all weights together in ``dimension`` random directions
    (Li et al. 2018). ``full`` trains every weight. ``biases`` trains the biases too. ``seed``: of the random matrices and
    directions. ``normalization``: ``base`` keeps that of the base, ``store`` takes that of the new data.
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
        wanted = "the checkpoint to start from, such as runs/train/best.ckpt" if self.adapts else "'' without adapters"
        remedy = "" if self.adapts else "set adapters=lora, or another kind"
        require(bool(self.base) == self.adapts, "adapters.base", wanted, self.base, remedy)
        require(self.rank >= 1, "adapters.rank", "at least 1", self.rank)
        require(self.alpha > 0, "adapters.alpha", "a positive factor", self.alpha)
        require(self.dimension >= 1, "adapters.dimension", "at least 1", self.dimension)
        require(self.normalization in NORMALIZATIONS, "adapters.normalization", f"one of {NORMALIZATIONS}", self.normalization)

    @property
    def adapts(self) -> bool:
        """True if the run starts from a trained scheme."""
        return self.kind != "none"
