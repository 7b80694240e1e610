"""Sources: the history files of a model, read as columns of a contract's variables, and checked."""

from paramnet.sources.config import SourceConfig

__all__ = ["SourceConfig"]
