"""Normalization inside the scheme: physical units outside, numbers of order one inside."""

from paramnet.normalization.features import FEATURE_KINDS, FeatureConfig, Features
from paramnet.normalization.floor import deviation_floor, usual_quantiles, usual_range
from paramnet.normalization.selection import InputConfig, shown_inputs
from paramnet.normalization.standardize import Denormalizer, Normalizer

__all__ = [
    "FEATURE_KINDS",
    "Denormalizer",
    "FeatureConfig",
    "Features",
    "InputConfig",
    "Normalizer",
    "deviation_floor",
    "shown_inputs",
    "usual_quantiles",
    "usual_range",
]
