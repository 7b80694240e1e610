"""Errors of training stores."""

from __future__ import annotations

from paramnet.contract import ParamnetError


class StoreError(ParamnetError):
    """A directory that is not a usable training store."""


AGAIN = "copy the store again, or make it again with `paramnet preprocess overwrite=true`"

# raised by json, zarr and numcodecs for damaged files
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, OverflowError, MemoryError, RecursionError, OSError)
