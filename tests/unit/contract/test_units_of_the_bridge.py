"""The bridge's table of conversions, read from its C++ source, against the one of Python."""

import re
from pathlib import Path

import pytest

from paramnet.contract import Contract
from paramnet.contract.units import conversion, parse_units, same_units
from paramnet.physics import watts_per_unit

ENTRY = re.compile(r'\{"([^"]+)",\s*"([^"]+)",\s*\[\]\(const Manifest&\s*\w*\)\s*\{\s*return Conversion\{(.+?),\s*(-?\d)\};')


def entries(repository: Path) -> list[tuple[str, str, str, int]]:
    """Host unit, contract unit, factor as C++ has it, power of the layer's thickness."""
    text = (repository / "fortran_bridge" / "src" / "host" / "units.cpp").read_text()
    return [(host, contract, factor, int(power)) for host, contract, factor, power in ENTRY.findall(text)]


def evaluated(factor: str) -> float:
    constants = Contract.from_yaml("cf_example").constants
    names = {
        "gravity": lambda _: constants["gravity"],
        "heat_capacity": lambda _: constants["specific_heat_of_dry_air"],
        "water_density": lambda _: constants["density_of_water"],
        "m": None,
        "seconds_per_day": 86400.0,
    }
    return float(eval(factor, {"__builtins__": {}}, names))


def test_the_table_is_found(repository: Path) -> None:
    assert len(entries(repository)) >= 8


def test_the_bridge_converts_as_preprocessing_does(repository: Path) -> None:
    for host, contract, factor, power in entries(repository):
        parse_units(host), parse_units(contract)
        if power:
            continue
        scale = evaluated(factor)
        if parse_units(host).dimension == parse_units(contract).dimension:
            assert conversion(host, contract, "x") == (pytest.approx(scale, rel=1e-15), 0.0), host
        elif not same_units(contract, "K s-1"):  # water by depth and by mass
            model, si = Contract.from_yaml("cf_example"), "m s-1" if "m" in dict(parse_units(host).powers) else "kg m-2 s-1"
            by_depth = parse_units(host).factor * watts_per_unit(model, si, "x")
            assert by_depth / watts_per_unit(model, contract, "x") == pytest.approx(scale, rel=1e-14), host
        else:
            assert scale == pytest.approx(1 / Contract.from_yaml("cf_example").constants["specific_heat_of_dry_air"])
