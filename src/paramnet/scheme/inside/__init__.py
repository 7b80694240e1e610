"""Properties of a trained network that are read from its weights, or measured where data pass through it."""

from paramnet.scheme.inside.communities import modularity, modules_of
from paramnet.scheme.inside.compression import compressed
from paramnet.scheme.inside.interaction import Directions, directions, measured
from paramnet.scheme.inside.kinks import kinked_units, kinks_met
from paramnet.scheme.inside.lanczos import Quadrature, quadrature
from paramnet.scheme.inside.lipschitz import Unbounded, lipschitz_bound

__all__ = [
    "Directions",
    "Quadrature",
    "Unbounded",
    "compressed",
    "directions",
    "kinked_units",
    "kinks_met",
    "lipschitz_bound",
    "measured",
    "modularity",
    "modules_of",
    "quadrature",
]
