"""Random numbers of schemes as a pure function of seed, member, step, column and draw; libparamnet computes the same bits."""

from paramnet.noise.coefficients import COEFFICIENTS
from paramnet.noise.normal import standard_normal
from paramnet.noise.philox import philox

__all__ = ["COEFFICIENTS", "philox", "standard_normal"]
