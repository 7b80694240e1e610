"""Normalization inside the scheme: physical units outside, numbers of order one inside."""

from paramnet.scheme.normalization.features import FEATURE_KINDS, FeatureConfig, Features
from paramnet.scheme.normalization.floor import deviation_floor, usual_quantiles, usual_range
from paramnet.scheme.normalization.selection import OLD_KINDS, InputConfig, shown_inputs
from paramnet.scheme.normalization.standardize import Denormalizer, Normalizer

__all__ = [
    "FEATURE_KINDS",
    "OLD_KINDS",
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
