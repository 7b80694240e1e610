"""The scheme: one module from physical inputs to physical outputs, and its checkpoint. Needs torch, not Lightning."""

from paramnet.scheme.checkpoint import Checkpoint, load_checkpoint
from paramnet.scheme.scheme import Scheme
from paramnet.scheme.trained_on import Described, find_trained_store, open_data, part_in_training

__all__ = ["Checkpoint", "Described", "Scheme", "find_trained_store", "load_checkpoint", "open_data", "part_in_training"]
