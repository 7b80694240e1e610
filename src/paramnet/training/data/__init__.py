"""Batches of samples, read contiguously from the training store."""

from paramnet.training.data.batches import Batch, EpochBatches, MemoryBatches, StreamedBatches, batches, load_split, split_bytes
from paramnet.training.data.residence import RESIDENCES, choose_residence
from paramnet.training.data.sequences import Sequences
from paramnet.training.data.share import Share

__all__ = [
    "RESIDENCES",
    "Batch",
    "EpochBatches",
    "MemoryBatches",
    "Sequences",
    "Share",
    "StreamedBatches",
    "batches",
    "choose_residence",
    "load_split",
    "split_bytes",
]
