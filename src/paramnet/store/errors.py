"""What is said of a store that cannot be used."""

from __future__ import annotations

from paramnet.contract import ParamnetError


class StoreError(ParamnetError):
    """A directory that is not a usable training store; the message says what it lacks and what to do."""


AGAIN = "copy the store again, or make it again with `paramnet preprocess overwrite=true`"

# What json, zarr and numcodecs raise for files that are not what they say.
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, OverflowError, MemoryError, RecursionError, OSError)
