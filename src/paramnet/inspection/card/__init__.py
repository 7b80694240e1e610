"""Model cards: what a scheme is, was trained on and can do, as a README for Hugging Face and metadata for Zenodo."""

from paramnet.inspection.card.card import write_card
from paramnet.inspection.card.config import Author, CardConfig

__all__ = ["Author", "CardConfig", "write_card"]
