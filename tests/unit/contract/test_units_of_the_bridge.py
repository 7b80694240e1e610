"""The bridge's units and conversions, read from its C++ sources, compared with the table in Python."""

import re
from pathlib import Path

import pytest

from paramnet.contract import Contract
from paramnet.contract.unit_words import PLAIN, PREFIXABLE, PREFIXES
from paramnet.contract.units import conversion, parse_units, same_units
from paramnet.physics import watts_per_unit

CONTRACT = Contract.from_yaml("cf_example")
CONVERSION = re.compile(r'\{"([^"]+)",\s*"([^"]+)",\s*\[\]\(const Manifest&\s*\w*\)\s*\{\s*return Conversion\{(.+?)(?:, 0\.0)?, (-?\d)\};')
WORD = re.compile(r'\{"([^"]+)", \{([^}]*)\}, ([^,]+), (-?\d+(?:, -?\d+){4}), (true|false)\}')
PREFIX = re.compile(r'\{"(\w+)", "([a-z]+)", (1e-?\d+)\}')
BASES = ("kg", "m", "s", "K", "mol")


@pytest.fixture
def sources(repository: Path) -> str:
    """The C++ sources on units."""
    return "\n".join(path.read_text() for path in sorted((repository / "fortran_bridge" / "library" / "src" / "scheme").glob("unit*.cpp")))


def evaluated(text: str) -> float:
    """Value of a C++ expression of constants."""
    names = {
        "gravity": lambda _: CONTRACT.constants["gravity"],
        "heat_capacity": lambda _: CONTRACT.constants["specific_heat_of_dry_air"],
        "water_density": lambda _: CONTRACT.constants["density_of_water"],
        "m": None,
        "seconds_per_day": 86400.0,
    }
    return float(eval(text, {"__builtins__": {}}, names))


def test_the_bridge_converts_as_preprocessing_does(sources: str) -> None:
    found = CONVERSION.findall(sources)
    assert len(found) >= 3
    for host, contract, factor, power in found:
        scale = evaluated(factor)
        if power != "0":  # a layer's mass, which is not a unit
            assert scale == pytest.approx(CONTRACT.constants["gravity"] / CONTRACT.constants["specific_heat_of_dry_air"])
        elif parse_units(host).dimension == parse_units(contract).dimension:
            assert conversion(host, contract, "x") == (pytest.approx(scale, rel=1e-15), 0.0), host
        elif same_units(contract, "K s-1"):
            assert scale == pytest.approx(1 / CONTRACT.constants["specific_heat_of_dry_air"])
        else:  # water by depth and by mass
            si = "m s-1" if "m" in dict(parse_units(host).powers) else "kg m-2 s-1"
            ratio = watts_per_unit(CONTRACT, si, "x") / watts_per_unit(CONTRACT, contract, "x")
            assert parse_units(host).factor * ratio == pytest.approx(scale, rel=1e-14), host


def test_the_bridge_has_the_rows_of_the_table_of_words(sources: str) -> None:
    ours = {
        (*words, word.factor, tuple(dict(word.powers).get(base, 0) for base in BASES), table is PREFIXABLE)
        for table in (PREFIXABLE, PLAIN)
        for words, word in table.items()
        if len(word.powers) == len(dict(word.powers)) and set(dict(word.powers)) <= set(BASES)  # no angles, no mole fractions
    }
    theirs = {
        (symbol, *re.findall(r'"([^"]+)"', names), evaluated(factor), tuple(map(int, powers.split(", "))), prefixed == "true")
        for symbol, names, factor, powers, prefixed in WORD.findall(sources)
    }
    assert theirs == ours and len(ours) > 20


def test_the_bridge_has_the_prefixes(sources: str) -> None:
    assert [((symbol, name), float(scale)) for symbol, name, scale in PREFIX.findall(sources)] == list(PREFIXES.items())
