"""What the figures of a testbed show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.testbeds.baselines import Polynomial
from paramnet.testbeds.scores import Series


@dataclass
class Judged:
    """What the figures are made of, at the forcing of the training.

    training : (record, 3, member, sector) of the program. climates : X by row. errors : records for which each row's forecasts are valid.
    lyapunov_time : in time units.
    """

    training: NDArray[np.float64]
    polynomials: dict[str, Polynomial]
    climates: dict[str, Series]
    errors: dict[str, NDArray[np.float64]]
    lyapunov_time: float
