"""Parts that a configuration chooses by ``kind``: those shipped, and the user's own by import path or entry point."""

from paramnet.parts.kind import Kind
from paramnet.parts.registry import OWN_PACKAGES, Parts

__all__ = ["OWN_PACKAGES", "Kind", "Parts"]
