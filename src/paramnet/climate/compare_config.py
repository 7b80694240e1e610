"""Configuration of a comparison of coupled runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paramnet.climate.climate import COMPARED, require_window
from paramnet.climate.groups import CONTROL
from paramnet.contract import ParamnetError

__all__ = ["CompareConfig"]

RESERVED = ("units", "long_name", "range", "low", "high", "ratio", "block_days")  # beside the roles in comparison.json


@dataclass
class CompareConfig:
    """Configuration of a comparison.

    runs : role -> folder of a run. ``control`` is required; ``floor`` (a second control), ``off``, ``linear``,
    ``learned`` and ``learned_no_fallback`` have labels of their own; other names are compared too.
    first_day, last_day : the window is first_day < day <= last_day.
    wave_segment_days : length of the segments whose spectra are averaged (96 in Wheeler & Kiladis 1999; runs here are short).
    skill : ``skill.json`` of the offline evaluation, to show its scores (``offline``) in the report. output : folder for the results.
    left_out : field -> why it says nothing about these runs; it is named with the reason and not compared.
    equal : run -> the run that it equals, for runs that were not made for this reason.
    members : role -> its runs, the first of which has the role's name, for roles with several.
    climates : also write ``climates/RUN.nc``, files that a later comparison takes in place of the runs.
    """

    runs: dict[str, Path]
    output: Path
    first_day: int = 45
    last_day: int = 180
    wave_segment_days: int = 30
    skill: Path | None = None
    title: str = "The learned scheme in the climate model"
    provenance: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    equal: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    climates: bool = False
    offline: dict[str, Any] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if CONTROL not in self.runs:
            raise ParamnetError(
                "runs", expected=f"one named {CONTROL}", got=", ".join(sorted(self.runs)), remedy=f"name the teacher's run {CONTROL}"
            )
        if taken := sorted(set(self.runs) & set(RESERVED)):
            raise ParamnetError(f"runs.{taken[0]}", expected="another name", got=taken[0], remedy=f"not one of {', '.join(RESERVED)}")
        require_window(self.first_day, self.last_day, "compare.first_day, days")
        require_fields(self.left_out, "compare.left_out")
        self.offline = _offline_scores(self.skill)


def require_fields(names: Iterable[str], key: str) -> None:
    """Raise ParamnetError unless all ``names`` are compared fields."""
    known = [row.name for row in COMPARED]
    if unknown := sorted(set(names) - set(known)):
        raise ParamnetError(f"{key}.{unknown[0]}", expected=f"one of {', '.join(known)}", got=unknown[0])


def _offline_scores(skill_file: Path | None) -> dict[str, Any] | None:
    """Contents of ``skill.json``. Raises ParamnetError if it cannot be read."""
    if skill_file is None:
        return None
    try:
        skill: dict[str, Any] = json.loads(Path(skill_file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParamnetError(
            "skill", expected="skill.json of an evaluation", got=str(error), where=str(skill_file), remedy="run `paramnet evaluate` again"
        ) from error
    return skill
