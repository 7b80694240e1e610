"""What to write: the scheme, the language, and the file that names the module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from paramnet.contract import ParamnetError

SUFFIXES = {"fortran": ".f90", "cpp": ".hpp"}
LANGUAGES = tuple(SUFFIXES)


@dataclass(frozen=True)
class SourceCodeConfig:
    """``scheme`` : a scheme.pt. ``output`` : the file to write, whose name without suffix names the module or namespace.

    Raises ParamnetError for another language, and for a name that neither Fortran nor C++ would take.
    """

    scheme: str
    output: str
    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ParamnetError("language", expected=f"one of {', '.join(LANGUAGES)}", got=repr(self.language))
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,23}", self.name):
            raise ParamnetError(
                "output",
                expected="a file name of lower-case letters, digits and underscores, at most 24, which names the module",
                got=repr(Path(self.output).name),
                remedy="set output=convection.f90 or a similar name",
            )

    @property
    def name(self) -> str:
        """Of the module, and the start of its procedures' names."""
        return Path(self.output).stem

    @property
    def file(self) -> Path:
        """The source file; weights of a Fortran module stand beside it with the suffix ``.bin``."""
        return Path(self.output).with_suffix(SUFFIXES[self.language])
