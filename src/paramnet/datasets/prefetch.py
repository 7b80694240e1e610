"""Blocks loaded by threads while earlier ones are used; to a GPU through page-locked memory, beside its computing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def loaded_ahead(load: Callable[[T], Any], items: Iterable[T], ahead: int, device: torch.device) -> Iterator[Any]:
    """``load(item)`` of every item in order, ``ahead`` of them in advance, each in a thread of its own (0: none, no threads).

    What is loaded is a NamedTuple of tensors; it is given on ``device``. An error of ``load`` is raised where its item is due.
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
    """Copy on a stream of the thread's own; when this returns, the copy is done."""
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        copied = type(block)(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in block))
    stream.synchronize()
    return copied


def _received(block: Any, device: torch.device) -> Any:
    """The allocator may not give the block's memory to the next copy before this stream's work on it is done."""
    if device.type == "cuda":
        for tensor in block:
            tensor.record_stream(torch.cuda.current_stream(device))
    return block
