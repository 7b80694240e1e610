"""Preprocessing: the samples of a source are checked, split, shuffled and written as a training store."""

from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.pipeline import preprocess
from paramnet.preprocessing.splits.rules import SplitConfig, SplitRule

__all__ = ["PreprocessConfig", "SplitConfig", "SplitRule", "preprocess"]
