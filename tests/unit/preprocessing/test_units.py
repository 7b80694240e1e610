"""Units as files spell them."""

import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing.units import conversion_factor, same_units


@pytest.mark.parametrize(
    ("one", "other"),
    [("kg/kg", "kg kg-1"), ("kg/kg/s", "kg kg-1 s-1"), ("W/m2", "W m-2"), ("1/s", "s-1"), ("m s^-1", "m/s"), ("mb", "hPa")],
)
def test_spellings_of_one_unit_are_the_same(one: str, other: str) -> None:
    assert same_units(one, other)


@pytest.mark.parametrize(("one", "other"), [("g/kg", "kg/kg"), ("s-1", "kg kg-1 s-1"), ("Pa", "hPa"), ("level", "Pa")])
def test_different_units_are_not_the_same(one: str, other: str) -> None:
    assert not same_units(one, other)


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("g/kg", "kg kg-1", 1e-3),
        ("hPa", "Pa", 100.0),
        ("mm/day", "m s-1", 1e-3 / 86400),
        ("K/day", "K s-1", 1 / 86400),
        ("kg-1 g", "kg/kg", 1e-3),
    ],
)
def test_conversion_is_the_ratio_of_the_units(given: str, wanted: str, factor: float) -> None:
    assert conversion_factor(given, wanted, "x") == pytest.approx(factor, rel=1e-15)


def test_units_of_another_kind_cannot_be_converted() -> None:
    with pytest.raises(ParamnetError, match="VAP: expected units convertible to 'm s-1', got 'kg/kg'"):
        conversion_factor("kg/kg", "m s-1", "VAP")
