"""Units as files spell them."""

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing.units import conversion, same_units


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
        ("1", "kg kg-1", 1.0),
        ("%", "1", 0.01),
        ("J m-2 s-1", "W m-2", 1.0),
        ("hPa h-1", "Pa s-1", 100 / 3600),
    ],
)
def test_conversion_is_the_ratio_of_the_units(given: str, wanted: str, factor: float) -> None:
    assert conversion(given, wanted, "x").factor == pytest.approx(factor, rel=1e-15)


def test_units_of_another_kind_cannot_be_converted() -> None:
    with pytest.raises(ParamnetError, match="VAP: expected units convertible to 'm s-1', got 'kg/kg'"):
        conversion("kg/kg", "m s-1", "VAP")


def test_degrees_celsius_have_another_zero() -> None:
    np.testing.assert_allclose(conversion("degC", "K", "ta").apply(np.array([-10.0, 20.0])), [263.15, 293.15])
    assert conversion("degC s-1", "K s-1", "tnta") == (1.0, 0.0) and not same_units("degC", "K")


def test_a_mole_fraction_is_not_a_mass_fraction() -> None:
    with pytest.raises(ParamnetError, match="o3: expected units convertible to 'kg kg-1', got 'mol mol-1'"):
        conversion("mol mol-1", "kg kg-1", "o3")
