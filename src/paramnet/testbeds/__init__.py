"""Small systems with known equations. For one, a scheme is trained, run in Fortran and scored; others are learned themselves."""

from paramnet.testbeds.config import RecordConfig, ScoreConfig
from paramnet.testbeds.extrapolation.experiment import ExtrapolationConfig, extrapolate
from paramnet.testbeds.findings import found, table_of
from paramnet.testbeds.forecasting.config import ForecastConfig
from paramnet.testbeds.forecasting.experiment import forecast
from paramnet.testbeds.harvest.experiment import HarvestConfig, harvest
from paramnet.testbeds.judging import score
from paramnet.testbeds.lorenz63 import Lorenz63
from paramnet.testbeds.lorenz96 import Lorenz96, ThreeTiers
from paramnet.testbeds.model_errors.experiment import ModelErrorsConfig, discover
from paramnet.testbeds.quasigeostrophic import TwoLayers
from paramnet.testbeds.recording import record
from paramnet.testbeds.report import lines
from paramnet.testbeds.turbulence.experiment import TurbulenceConfig, parameterize

__all__ = [
    "ExtrapolationConfig",
    "ForecastConfig",
    "HarvestConfig",
    "Lorenz63",
    "Lorenz96",
    "ModelErrorsConfig",
    "RecordConfig",
    "ScoreConfig",
    "ThreeTiers",
    "TurbulenceConfig",
    "TwoLayers",
    "discover",
    "extrapolate",
    "forecast",
    "found",
    "harvest",
    "lines",
    "parameterize",
    "record",
    "score",
    "table_of",
]
