"""Small systems with known equations, on which a scheme is trained, run in Fortran and scored within minutes."""

from paramnet.testbeds.config import RecordConfig, ScoreConfig
from paramnet.testbeds.judging import score
from paramnet.testbeds.lorenz63 import Lorenz63
from paramnet.testbeds.lorenz96 import Lorenz96, ThreeTiers
from paramnet.testbeds.recording import record
from paramnet.testbeds.report import lines

__all__ = ["Lorenz63", "Lorenz96", "RecordConfig", "ScoreConfig", "ThreeTiers", "lines", "record", "score"]
