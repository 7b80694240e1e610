"""Run a scheme as the host does: the Python interface of libparamnet, and its build."""

from paramnet.bridge.errors import BridgeError
from paramnet.bridge.scheme import (
    FLAG_FAR_FROM_TRAINING,
    FLAG_NONFINITE_INPUT,
    FLAG_NONFINITE_OUTPUT,
    FLAG_OUTSIDE_ENVELOPE,
    Scheme,
)

__all__ = ["FLAG_FAR_FROM_TRAINING", "FLAG_NONFINITE_INPUT", "FLAG_NONFINITE_OUTPUT", "FLAG_OUTSIDE_ENVELOPE", "BridgeError", "Scheme"]
