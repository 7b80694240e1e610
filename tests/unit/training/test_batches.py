"""Batches: contiguous, reproducible, complete."""

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.store import Split, open_store
from paramnet.training.data import Batch, MemoryBatches, Share, StreamedBatches, batches, load_split
from paramnet.training.data.prefetch import loaded_ahead


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


def loaders(split: Split, share: Share, epoch: int, size: int = 500) -> list[MemoryBatches | StreamedBatches]:
    streamed = StreamedBatches(size, 1, epoch, share, splits=[split], block=2048)
    return [MemoryBatches(size, 1, epoch, share, data=load_split(split)), streamed]


@pytest.mark.parametrize("epoch", [-1, 0])
def test_processes_share_every_batch_between_them(split: Split, epoch: int) -> None:
    alone = loaders(split, Share(), epoch)[0]
    parts = [loaders(split, Share(rank, 3), epoch, 510 if epoch >= 0 else 500) for rank in range(3)]
    if epoch < 0:
        for kind in range(2):
            seen = torch.cat([first_column(parts[rank][kind]) for rank in range(3)])
            assert torch.equal(seen.sort().values, first_column(alone).sort().values)
        return
    for kind in range(2):
        batches_of = [list(parts[rank][kind]) for rank in range(3)]
        assert len({len(each) for each in batches_of}) == 1
        for together in zip(*batches_of, strict=True):
            assert [len(batch.inputs) for batch in together] == [170, 170, 170]
        seen = torch.cat([batch.inputs[:, 0] for each in batches_of for batch in each])
        assert len(torch.unique(seen)) == len(seen)


def test_in_memory_the_batches_of_several_processes_make_up_that_of_one(split: Split) -> None:
    alone = MemoryBatches(500, 1, 4, data=load_split(split))
    parts = [MemoryBatches(500, 1, 4, Share(rank, 2), data=load_split(split)) for rank in range(2)]
    for whole, left, right in zip(alone, *parts, strict=True):
        assert torch.equal(whole.inputs, torch.cat([left.inputs, right.inputs]))


def test_a_loader_resumes_at_its_saved_position_only_in_the_same_epoch(split: Split) -> None:
    for number in range(2):
        whole = list(loaders(split, Share(), 3)[number])
        begun, resumed, other = (loaders(split, Share(), epoch)[number] for epoch in (3, 3, 4))
        taken = iter(begun)
        for _ in range(7):
            next(taken)
        resumed.load_state_dict(begun.state_dict())
        other.load_state_dict(begun.state_dict())
        rest = list(resumed)
        assert len(rest) == len(whole) - 7 and len(list(other)) == len(other)
        assert all(torch.equal(one.inputs, two.inputs) for one, two in zip(rest, whole[7:], strict=True))
        assert resumed.state_dict() == {"epoch": 3, "batches": len(whole)}


def test_several_splits_are_streamed_as_one(convection_store: Path) -> None:
    store = open_store(convection_store)
    splits = [store.split("train"), store.split("validation")]
    everything = np.concatenate([each.inputs[:, 0] for each in splits])
    np.testing.assert_array_equal(first_column(StreamedBatches(512, splits=splits, block=1024)).numpy(), everything)


@pytest.mark.parametrize("ahead", [0, 3])
def test_prefetched_blocks_and_errors_come_in_order(ahead: int) -> None:
    def load(number: int) -> Batch:
        if number == 4:
            raise OSError("a shard is gone")
        return Batch(*[torch.full((1,), float(number))] * 3)

    given = []
    with pytest.raises(OSError, match="a shard is gone"):
        for block in loaded_ahead(load, range(9), ahead, torch.device("cpu")):
            given.append(float(block.inputs))
    assert given == [0.0, 1.0, 2.0, 3.0]


def test_batches_in_memory_are_views_not_copies(split: Split) -> None:
    held = load_split(split)
    batch = next(iter(MemoryBatches(256, 0, 0, data=held)))
    assert batch.inputs.untyped_storage().data_ptr() == held.inputs.untyped_storage().data_ptr()


def test_inputs_and_outputs_of_a_batch_belong_together(split: Split) -> None:
    held = load_split(split)
    lookup = {float(x): y for x, y in zip(held.inputs[:, 0], held.outputs[:, 25], strict=True)}
    for batch in StreamedBatches(500, 1, 0, splits=[split], block=2000):
        assert all(lookup[float(x)] == y for x, y in zip(batch.inputs[:, 0], batch.outputs[:, 25], strict=True))
