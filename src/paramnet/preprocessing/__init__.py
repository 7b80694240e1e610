"""Preprocessing: read and check the history files of a source, shuffle the samples and write a training store."""

from paramnet.preprocessing.cluster_config import ClusterConfig
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.pipeline import preprocess
from paramnet.preprocessing.source import SourceConfig
from paramnet.preprocessing.split_rules import SplitConfig, SplitRule

__all__ = ["ClusterConfig", "PreprocessConfig", "SourceConfig", "SplitConfig", "SplitRule", "preprocess"]
