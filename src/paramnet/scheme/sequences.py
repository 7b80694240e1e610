"""What a network with memory needs of a store: sequences of consecutive steps, over which its memory is carried."""

from __future__ import annotations

from paramnet.contract import ParamnetError
from paramnet.store import Store

__all__ = ["require_sequences"]


def require_sequences(memory: int, burn_in: int, store: Store) -> None:
    """Raise ParamnetError if a network with ``memory`` numbers cannot be trained and judged on a store.

    Its sequences must be longer than the ``burn_in`` steps that do not count. Networks without memory (0) take any store.
    """
    if memory and store.sequence == 1:
        raise ParamnetError(
            "a network with memory",
            expected="a store of sequences of consecutive steps",
            got="one of single samples",
            where=f"store {store.path}",
            remedy="preprocess with sequence=16, or choose a network without memory",
        )
    if memory and burn_in >= store.sequence:
        raise ParamnetError(
            "model.burn_in",
            expected=f"fewer than the {store.sequence} steps of a sequence",
            got=str(burn_in),
            where=f"store {store.path}",
            remedy="preprocess with a longer `sequence`, or train with a smaller model.burn_in",
        )
