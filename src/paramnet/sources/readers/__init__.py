"""Readers: one module per layout of files, registered by the name that ``source.reader`` selects."""

from paramnet.parts import Parts
from paramnet.sources.derive import Fields
from paramnet.sources.readers.base import Reader
from paramnet.sources.readers.cf import CFReader
from paramnet.sources.readers.history import HistoryReader
from paramnet.sources.readers.ranks import RanksReader
from paramnet.sources.readers.step_pairs import StepPairReader
from paramnet.sources.time_axis.steps import Block

READERS = Parts(
    "source", Reader, {"history": HistoryReader, "step_pairs": StepPairReader, "cf": CFReader, "ranks": RanksReader}, choice="reader"
)

__all__ = ["READERS", "Block", "CFReader", "Fields", "HistoryReader", "RanksReader", "Reader", "StepPairReader"]
