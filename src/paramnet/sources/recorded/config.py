"""Configuration of ``paramnet source``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.sources.layout import AREAS

RECORDED_AREA = "recorded"


@dataclass(frozen=True)
class RecordedConfig:
    """``input`` : folder of the files; ``output`` : folder for source/NAME.yaml and contract/NAME.yaml.

    ``name`` : of source and contract, by default that of the recorded scheme. ``area`` : weights of the columns: recorded (by the host),
    cos_latitude, gaussian or uniform.
    """

    input: Path
    output: Path
    name: str = ""
    description: str = ""
    area: str = RECORDED_AREA

    def __post_init__(self) -> None:
        if self.name and not re.fullmatch(r"[A-Za-z0-9_]+", self.name):
            raise ParamnetError("name", expected="letters, digits and _", got=repr(self.name))
        if self.area not in (RECORDED_AREA, *AREAS):
            raise ParamnetError("area", expected=f"one of {', '.join((RECORDED_AREA, *AREAS))}", got=repr(self.area))
