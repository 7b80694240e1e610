"""The result of an evaluation, read from its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Evaluation:
    """An evaluation in ``folder``: ``skill.json``, ``skill.nc``, ``report.html`` and ``figures/``."""

    folder: Path

    @cached_property
    def skill(self) -> dict[str, Any]:
        """The contents of ``skill.json``: scores by output in W m-2, with their definitions and the provenance."""
        table: dict[str, Any] = json.loads((self.folder / "skill.json").read_text(encoding="utf-8"))
        return table

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    @property
    def figures(self) -> list[Path]:
        """The figures of the report: SVG, or PNG where that would be large."""
        return sorted(path for path in (self.folder / "figures").iterdir() if path.suffix in (".svg", ".png"))

    def to_xarray(self) -> xr.Dataset:
        """The contents of ``skill.nc``: the same scores with dimensions and units."""
        import xarray as xr

        with xr.open_dataset(self.folder / "skill.nc") as dataset:
            return dataset.load()
