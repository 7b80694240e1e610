"""Generate a CCPP scheme from a contract: Fortran that calls the bridge, its .meta file and its namelist."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from paramnet.bridge.ccpp_arguments import CcppConstant, final_arguments, init_arguments, run_arguments
from paramnet.bridge.rendering import rendered
from paramnet.contract import Contract, ParamnetError
from paramnet.files import write_text

__all__ = ["CcppConfig", "write_ccpp"]


@dataclass(frozen=True)
class CcppConfig:
    """Configuration of `paramnet ccpp`. ``names`` and ``constants`` map to CCPP standard names (see conf/ccpp.yaml)."""

    contract: str
    output: Path
    scheme: str = "paramnet_convection"
    names: dict[str, str] = field(default_factory=dict)
    constants: dict[str, CcppConstant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Fortran allows 63 characters; the longest suffix has 14.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,48}", self.scheme):
            raise ParamnetError("scheme", expected="a lower-case Fortran name of at most 49 characters", got=repr(self.scheme))
        for variable, name in self.names.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                expected = "a standard name of lower-case letters, digits and underscores"
                raise ParamnetError(f"names.{variable}", expected=expected, got=repr(name))


def write_ccpp(config: CcppConfig) -> Path:
    """Write ``<scheme>.F90``, ``<scheme>.meta`` and ``<scheme>_namelist.xml`` to ``config.output``; returns that folder.

    Raises ParamnetError if two variables would share a CCPP standard name, or for heating without cp in ``constants``.
    """
    contract = Contract.from_yaml(config.contract)
    entries = {
        "init": init_arguments(contract, config.scheme, config.constants),
        "run": run_arguments(contract, config.scheme, config.names, config.constants),
        "final": final_arguments(),
    }
    config.output.mkdir(parents=True, exist_ok=True)
    for template, name in (("ccpp.F90", ".F90"), ("ccpp.meta", ".meta"), ("ccpp_namelist.xml", "_namelist.xml")):
        text = rendered(
            template,
            contract=contract,
            scheme=config.scheme,
            entries=entries,
            constants=[name for name in contract.constants if name in config.constants],
            surface_pressure=contract.surface_pressure_name,
        )
        write_text(config.output / f"{config.scheme}{name}", text)
    return config.output
