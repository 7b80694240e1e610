"""Set-up of the host: the namelists and boundary files that make PlaSim an Earth or an aquaplanet."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.boundary import write_aquaplanet_boundary
from paramnet.hosts.plasim.namelists import render

# PlaSim opens all of these, even for components that are switched off.
GROUPS = {
    "plasim": "plasim",
    "planet": "planet",
    "radmod": "radmod",
    "rainmod": "rainmod",
    "miscmod": "miscmod",
    "fluxmod": "fluxmod",
    "surfmod": "surfmod",
    "landmod": "landmod",
    "vegmod": "vegmod",
    "seamod": "seamod",
    "icemod": "icemod",
    "oceanmod": "oceanmod",
    "carbonmod": "carbonmod",
    "glacier": "glacier",
    "hurricane": "hurricane",
    "aero": "aero",
}
BOUNDARIES = ("earth", "aquaplanet")


@dataclass
class HostSetup:
    """Configuration of the host.

    boundary : ``earth``, the T21 files that come with PlaSim, or ``aquaplanet``, written by paramnet: no land, no ice, QOBS
    sea surface temperature (Neale & Hoskins 2000). namelists : {file: {name: value}}, file without ``_namelist``;
    other values keep the host's defaults. The run's length, seed and output are set by the run, not here.
    """

    name: str = "plasim_earth"
    description: str = ""
    boundary: str = "earth"
    namelists: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.boundary not in BOUNDARIES:
            raise ParamnetError(
                "host.boundary", expected=f"one of {', '.join(BOUNDARIES)}", got=repr(self.boundary), where=f"host {self.name}"
            )
        unknown = sorted(set(self.namelists) - set(GROUPS))
        if unknown:
            raise ParamnetError(
                "host.namelists", expected=f"some of {', '.join(sorted(GROUPS))}", got=", ".join(unknown), where=f"host {self.name}"
            )

    @classmethod
    def from_yaml(cls, path: Path) -> HostSetup:
        """Read conf/host/<name>.yaml."""
        return cls(**yaml.safe_load(path.read_text()))

    def recorded(self) -> dict[str, Any]:
        """The set-up as ``run.json`` records it."""
        return {name: value for name, value in asdict(self).items() if name != "kind"}

    def write_inputs(self, folder: Path, plasim: Path, run_values: dict[str, Any]) -> None:
        """Write namelists and boundary files to ``folder``; ``run_values`` are added to the group plasim_nl."""
        for name, group in GROUPS.items():
            values = dict(self.namelists.get(name) or {})
            if name == "plasim":
                values.update(run_values)
            (folder / f"{name}_namelist").write_text(render(f"{group}_nl", values))
        if self.boundary == "aquaplanet":
            write_aquaplanet_boundary(folder)
            return
        for path in self.boundary_files(plasim):
            os.symlink(path.resolve(), folder / path.name)

    @staticmethod
    def boundary_files(plasim: Path) -> list[Path]:
        """The Earth's boundary files, which come with the model."""
        return sorted((plasim / "plasim" / "dat" / "T21").glob("*.sra"))
