"""A scheme as source code that needs no library of ours: one Fortran module or one C++ header, written from its program."""

from paramnet.exporting.source_code.config import LANGUAGES, SourceCodeConfig
from paramnet.exporting.source_code.write import write_source

__all__ = ["LANGUAGES", "SourceCodeConfig", "write_source"]
