"""Small systems with known equations, on which a scheme is trained, run in Fortran and scored within two minutes."""

from paramnet.testbeds.lorenz63 import Lorenz63
from paramnet.testbeds.lorenz96 import Lorenz96, ThreeTiers

__all__ = ["Lorenz63", "Lorenz96", "ThreeTiers"]
