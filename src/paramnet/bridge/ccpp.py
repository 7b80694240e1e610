"""A contract as a CCPP scheme: Fortran that calls the bridge, the .meta that describes it, and its namelist."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from paramnet.bridge.ccpp_arguments import CcppConstant, final_arguments, init_arguments, run_arguments
from paramnet.contract import Contract, ParamnetError


@dataclass(frozen=True)
class CcppConfig:
    """Which contract becomes which scheme. ``names`` and ``constants`` translate to CCPP standard names (see conf/ccpp.yaml)."""

    contract: str
    output: Path
    scheme: str = "paramnet_convection"
    names: dict[str, str] = field(default_factory=dict)
    constants: dict[str, CcppConstant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # 63 letters is Fortran's limit, 14 go to the longest thing appended.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,48}", self.scheme):
            raise ParamnetError(f"ccpp: expected scheme to be a lower-case Fortran name of at most 49 letters, got {self.scheme!r}")
        wrong = [name for name in self.names.values() if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]
        if wrong:
            raise ParamnetError(f"ccpp: expected standard names of lower-case letters, digits and underscores, got {wrong}")


def write_ccpp(config: CcppConfig) -> Path:
    """Write ``<scheme>.F90``, ``<scheme>.meta`` and ``<scheme>_namelist.xml`` into ``config.output``; returns that folder.

    Raises ParamnetError where two variables would share a CCPP standard name, or heating comes without cp.
    """
    contract = Contract.from_yaml(config.contract)
    entries = {
        "init": init_arguments(contract, config.scheme, config.constants),
        "run": run_arguments(contract, config.scheme, config.names, config.constants),
        "final": final_arguments(),
    }
    environment = Environment(
        loader=PackageLoader("paramnet.bridge", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    config.output.mkdir(parents=True, exist_ok=True)
    for template, name in (("ccpp.F90", ".F90"), ("ccpp.meta", ".meta"), ("ccpp_namelist.xml", "_namelist.xml")):
        text = environment.get_template(template).render(
            contract=contract,
            scheme=config.scheme,
            entries=entries,
            constants=[name for name in contract.constants if name in config.constants],
            surface_pressure=contract.surface_pressure_name,
        )
        (config.output / f"{config.scheme}{name}").write_text(text)
    return config.output
