"""Properties of a trained network that are read from its weights, or measured where data pass through it."""

from paramnet.scheme.inside.compression import compressed
from paramnet.scheme.inside.kinks import kinked_units, kinks_met
from paramnet.scheme.inside.lipschitz import Unbounded, lipschitz_bound

__all__ = ["Unbounded", "compressed", "kinked_units", "kinks_met", "lipschitz_bound"]
