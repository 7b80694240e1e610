"""Batches: contiguous, reproducible, complete."""

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.datasets import MemoryBatches, StreamedBatches, batches, load_split
from paramnet.store import Split, open_store


@pytest.fixture
def split(convection_store: Path) -> Split:
    return open_store(convection_store).split("train")


def first_column(loader: MemoryBatches | StreamedBatches) -> torch.Tensor:
    return torch.cat([batch.inputs[:, 0] for batch in loader])


def test_stored_order_gives_every_sample_once(split: Split) -> None:
    for loader in (batches(split, load_split(split), 1024), batches(split, None, 1024)):
        np.testing.assert_array_equal(first_column(loader).numpy(), split.inputs[:, 0])


def test_the_same_epoch_gives_the_same_batches_and_the_next_other_ones(split: Split) -> None:
    held = load_split(split)
    for kept in (held, None):
        epochs = [first_column(batches(split, kept, 256, seed=4, epoch=epoch)) for epoch in (2, 2, 3)]
        assert torch.equal(epochs[0], epochs[1])
        assert not torch.equal(epochs[0], epochs[2])


def test_no_sample_is_seen_twice_in_an_epoch(split: Split) -> None:
    streamed = StreamedBatches(256, 1, 0, splits=[split], block=1536)
    for loader in (MemoryBatches(256, 1, 0, data=load_split(split)), streamed):
        seen = first_column(loader)
        assert len(torch.unique(seen)) == len(seen) >= len(split) - 4 * 256
        assert len(list(loader)) == len(loader)


def test_batches_in_memory_are_views_not_copies(split: Split) -> None:
    held = load_split(split)
    batch = next(iter(MemoryBatches(256, 0, 0, data=held)))
    assert batch.inputs.untyped_storage().data_ptr() == held.inputs.untyped_storage().data_ptr()


def test_inputs_and_outputs_of_a_batch_belong_together(split: Split) -> None:
    held = load_split(split)
    lookup = {float(x): y for x, y in zip(held.inputs[:, 0], held.outputs[:, 25], strict=True)}
    for batch in StreamedBatches(500, 1, 0, splits=[split], block=2000):
        assert all(lookup[float(x)] == y for x, y in zip(batch.inputs[:, 0], batch.outputs[:, 25], strict=True))
