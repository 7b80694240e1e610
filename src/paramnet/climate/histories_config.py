"""Configuration of ``paramnet compare``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from paramnet.climate.cf.names import UNITS
from paramnet.climate.climate import require_window
from paramnet.climate.compare_config import require_fields
from paramnet.climate.groups import CONTROL
from paramnet.contract import ParamnetError

__all__ = ["HistoriesConfig"]


@dataclass
class HistoriesConfig:
    """Histories to compare.

    runs : role -> folders, files or patterns. Each folder or climate file is a member of the role; the files of one pattern together are
    one. Further members of ``control`` give the floor. first_day, last_day : the window is first_day < day <= last_day, counted from the
    first record of each run; last_day 0 for the last day that all members of the control have.
    names : field -> variable of the files, or a sum such as ``rsdt - rsut``. units : variable -> its units, where the files are wrong.
    left_out : field -> why it says nothing about these runs; it is named with the reason and not compared.
    latent_heat_of_vaporization : J kg-1, for the energy budget, if the files do not state it.
    climates : also write ``climates/RUN.nc``, small files that a later comparison takes in place of the runs.
    """

    runs: dict[str, Any]
    output: str
    first_day: int = 0
    last_day: int = 0
    names: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    latent_heat_of_vaporization: float | None = None
    wave_segment_days: int = 96
    skill: str | None = None
    title: str = "Comparison of climates"
    climates: bool = False

    def __post_init__(self) -> None:
        if not self.entries(CONTROL):
            raise ParamnetError(f"runs.{CONTROL}", expected="the histories of the control", got="none", remedy=f"set runs.{CONTROL}=…")
        if unknown := sorted(set(self.names) - set(UNITS)):
            raise ParamnetError(f"names.{unknown[0]}", expected=f"one of {', '.join(UNITS)}", got=unknown[0])
        require_fields(self.left_out, "left_out")
        if self.last_day:
            require_window(self.first_day, self.last_day)

    @property
    def roles(self) -> list[str]:
        """Roles that have runs."""
        return [role for role in self.runs if self.entries(role)]

    def entries(self, role: str) -> list[str]:
        """Folders, files and patterns of a role."""
        given = self.runs.get(role) or []
        return [str(one) for one in (given if isinstance(given, list | tuple) else [given])]
