"""Batches of samples, read contiguously from the training store."""

from paramnet.datasets.batches import Batch, EpochBatches, MemoryBatches, StreamedBatches, batches, load_split, split_bytes
from paramnet.datasets.residence import RESIDENCES, choose_residence
from paramnet.datasets.share import Share

__all__ = [
    "RESIDENCES",
    "Batch",
    "EpochBatches",
    "MemoryBatches",
    "Share",
    "StreamedBatches",
    "batches",
    "choose_residence",
    "load_split",
    "split_bytes",
]
