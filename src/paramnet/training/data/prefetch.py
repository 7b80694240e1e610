"""Prefetching of blocks by threads; copies to a GPU use page-locked memory and overlap with computation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def loaded_ahead(load: Callable[[T], Any], items: Iterable[T], ahead: int, device: torch.device) -> Iterator[Any]:
    """Yield ``load(item)`` of every item in order on ``device``; ``ahead`` items are loaded in advance by threads (0: no threads).

    ``load`` returns a NamedTuple of tensors. An error in ``load`` is raised when its item is to be yielded.
    """
    put = _put_on_gpu if device.type == "cuda" else _put_nowhere
    if ahead < 1:
        for item in items:
            yield _received(put(load(item), device), device)
        return
    waiting: deque[Future[Any]] = deque()
    remaining = iter(items)
    with ThreadPoolExecutor(ahead, "paramnet-prefetch") as pool:
        try:
            for item in remaining:
                waiting.append(pool.submit(lambda each: put(load(each), device), item))
                if len(waiting) > ahead:
                    yield _received(waiting.popleft().result(), device)
            while waiting:
                yield _received(waiting.popleft().result(), device)
        finally:
            for future in waiting:
                future.cancel()


def _put_nowhere(block: Any, device: torch.device) -> Any:
    return block


def _put_on_gpu(block: Any, device: torch.device) -> Any:
    """Copy on a separate stream; the copy is complete on return."""
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        copied = type(block)(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in block))
    stream.synchronize()
    return copied


def _received(block: Any, device: torch.device) -> Any:
    """Keep the allocator from reusing the block's memory before the current stream has finished with it."""
    if device.type == "cuda":
        for tensor in block:
            tensor.record_stream(torch.cuda.current_stream(device))
    return block
