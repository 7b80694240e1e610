"""Batches read contiguously from the training store, never sample by sample."""

from paramnet.datasets.batches import Batch, MemoryBatches, StreamedBatches, batches, load_split

__all__ = ["Batch", "MemoryBatches", "StreamedBatches", "batches", "load_split"]
