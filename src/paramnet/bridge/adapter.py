"""Generate an adapter for a host model from a contract: Fortran that records and calls a scheme, a program to try it, build files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from paramnet.bridge.adapter_fields import IN_PLACE, LONGEST_NAME, fields_of
from paramnet.bridge.rendering import rendered
from paramnet.contract import Contract, ParamnetError, require
from paramnet.files import write_text

__all__ = ["HostAdapterConfig", "write_adapter"]

# layout of profiles -> of surface fields
_LAYOUTS = {"column_level": "column", "level_column": "column", "longitude_latitude_level": "longitude,latitude"}
_LONGEST_SUFFIX = "_paramnet_nml"
_KEYWORDS = (
    "allocatable allocate associate block call case character class close common complex contains continue cycle data deallocate "
    "default dimension do double else elsewhere end entry enum equivalence error exit extends external final forall format function "
    "generic go goto if implicit import in include inquire integer intent interface intrinsic kind logical module namelist none "
    "nullify only open operator optional out parameter pointer print private procedure program protected public pure read real "
    "recursive result return rewind save select sequence stop submodule subroutine target then to type use value where while write"
)


@dataclass(frozen=True)
class HostAdapterConfig:
    """Configuration of `paramnet adapter new`.

    ``name`` : of the adapter, and of its build targets; ``namespace`` : how its Fortran names begin, by default with ``name``.
    ``arrays`` : column_level, level_column or longitude_latitude_level; ``levels`` : top_first or bottom_first, the host's order.
    ``real_kind`` : bytes of the host's real numbers, 4 or 8. ``changes`` : whether its parameterization returns tendencies, or changes
    the state (in_place). ``recorder`` : with mode record, which needs module paramnet_record. ``overwrite`` : replace files that differ.
    """

    name: str
    contract: str
    output: Path
    namespace: str = ""
    arrays: str = "column_level"
    levels: str = "top_first"
    real_kind: int = 8
    changes: str = "tendencies"
    recorder: bool = True
    overwrite: bool = False

    def __post_init__(self) -> None:
        for key, name in (("name", self.name), ("namespace", self.namespace or self.name)):
            longest = LONGEST_NAME - len(_LONGEST_SUFFIX)
            good = re.fullmatch(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", name) is not None and name not in _KEYWORDS.split()
            require(good, key, f"a lower-case Fortran name of at most {longest} characters that is no keyword", name)
        for key, choices in (("arrays", tuple(_LAYOUTS)), ("levels", ("top_first", "bottom_first")), ("changes", ("tendencies", IN_PLACE))):
            require(getattr(self, key) in choices, key, f"one of {', '.join(choices)}", getattr(self, key))
        require(self.real_kind in (4, 8), "real_kind", "4 or 8 bytes", self.real_kind)

    @property
    def prefix(self) -> str:
        """How the Fortran names begin."""
        return self.namespace or self.name


def write_adapter(config: HostAdapterConfig) -> list[Path]:
    """Write the adapter's files to ``config.output``; returns their paths, the Fortran module first.

    Files that are there with the same text stay. Raises ParamnetError, before anything is written, for a file that is there with another
    text, unless ``config.overwrite``; and for a contract whose names do not go into Fortran.
    """
    texts = adapter_texts(config)
    changed = [name for name, text in texts.items() if _differs(config.output / name, text)]
    if changed and not config.overwrite:
        raise ParamnetError(
            "output",
            expected="a folder without these files, or with the files that would be written",
            got=f"other contents of {', '.join(changed)}",
            where=str(config.output),
            remedy="choose another folder, or set overwrite=true to lose the changes",
        )
    config.output.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if not (config.output / name).exists() or name in changed:
            write_text(config.output / name, text)
    return [config.output / name for name in texts]


def adapter_texts(config: HostAdapterConfig) -> dict[str, str]:
    """The text of each file of an adapter, by its name."""
    contract = Contract.from_yaml(config.contract)
    fields = fields_of(contract, config.changes)
    files = {
        "module.f90": f"{config.prefix}_paramnet.f90",
        "driver.f90": f"drive_{config.name}.f90",
        "namelist.nml": f"{config.prefix}_paramnet.nml",
        "CMakeLists.txt": "CMakeLists.txt",
        "paramnet.mk": "paramnet.mk",
        "README": "README.md",
    }
    values = {
        "config": config,
        "contract": contract,
        "fields": fields,
        "files": files,
        "prefix": config.prefix,
        "layout": config.arrays.replace("_", ","),
        "surface_layout": _LAYOUTS[config.arrays],
        "on_grid": config.arrays == "longitude_latitude_level",
        "in_place": config.changes == IN_PLACE,
        "recorder": config.recorder,
        "inputs": fields.inputs,
        "outputs": fields.outputs,
        "profiles": any(field.variable.is_profile for field in fields.all),
    }
    return {name: rendered(f"adapter/{template}", **values) for template, name in files.items()}


def _differs(path: Path, text: str) -> bool:
    return path.exists() and (not path.is_file() or path.read_bytes() != text.encode())
