"""Spellings of units found in files, compared with UDUNITS."""

import itertools

import cf_units
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.contract.units import conversion, parse_units, same_units

CELSIUS = ["degC", "celsius", "Celsius", "CELSIUS", "deg_C", "degree_Celsius", "degrees_Celsius", "degree_C", "degreeC", "degrees_C"]
CELSIUS += ["degreesC", "degree_celsius", "degrees_celsius", "degc", "DegC", "Deg_C", "°C", "℃"]
KELVIN = [
    "K",
    "kelvin",
    "kelvins",
    "Kelvin",
    "KELVIN",
    "degK",
    "deg_K",
    "degree_K",
    "degrees_K",
    "degreeK",
    "degreesK",
    "degree_kelvin",
    "°K",
]
SPELLINGS = {
    "K": [*CELSIUS, *KELVIN, "degF", "°F", "degree_fahrenheit", "mK", "K @ 273.15", "K from 273.15"],
    "Pa": ["Pa", "pascal", "Pascal", "pascals", "hPa", "hectopascal", "kPa", "mbar", "millibar", "millibars", "Millibar", "bar", "dbar",
           "atm", "N/m2", "N m-2", "N.m-2", "kg/m/s2", "kg/(m.s2)", "kg m-1 s-2", "100 Pa", "1e2Pa", "100.Pa", "0.01 hPa", "torr", "J m-3"],
    "1": ["kg/kg", "g/kg", "g kg-1", "kg kg**-1", "kg kg^-1", "kg.kg-1", "g.kg-1", "1", "%", "percent", "Percent", "0.001", "1e-3",
          "mg/kg", "ppm", "ppmv", "ppb", "mol/mol", "10^-3", "g/g"],
    "W m-2": ["W/m2", "W/m^2", "W/m**2", "W m**-2", "W m^-2", "W.m-2", "W*m-2", "W·m-2", "Watt/m2", "watts m-2", "watt meter-2", "J/s/m2",
              "J m-2 s-1", "kW/m2", "mW m-2", "W/m²", "W per m2", "W PER m2", "W/(m2)", " W  m-2 ", "W /m2", "erg/cm2/s"],
    "m s-1": ["mm/day", "mm day-1", "mm d-1", "mm/hr", "mm h-1", "mm/hour", "mm s-1", "m/s", "m s**-1", "m s^-1", "m.s-1", "meter/second",
              "metre second-1", "metres per second", "meters/sec", "cm/day", "m*s-1", "knot", "knots", "km/h", "um/s", "µm/s", "10 m s-1"],
    "kg m-2 s-1": ["kg/m2/s", "kg/m^2/s", "kg/(m2 s)", "kg/(m^2*s)", "g m-2 s-1", "kg m**-2 s**-1", "kg.m-2.s-1", "mg m-2 s-1",
                   "kilogram/meter2/second", "kg m-2 day-1", "g/m2/day", "t m-2 s-1"],
    "m2 s-2": ["m2/s2", "m2 s-2", "m^2/s^2", "m**2 s**-2", "J/kg", "J kg-1", "kJ/kg", "m2.s-2", "cal/g", "m+2 s-2"],
    "radian": ["degree", "degrees", "degrees_north", "degreeN", "degree_E", "degrees_east", "rad", "radians"],
    "s": ["sec", "min", "minute", "h", "hr", "hour", "Hours", "d", "day", "Days", "msec", "ms", "week"],
    "m": ["meter", "metres", "km", "kilometer", "cm", "mm", "ft", "feet", "dam"],
}  # fmt: skip
REFUSED = ["pa", "PA", "HPa", "hpa", "k", "c", "w/m2", "Wm-2", "mPas", "kgm-2", "khPa", "KG", "/s", "per s", "level", "0-1", "g kg^{-1}"]
REFUSED += [
    "M",
    "kg m-2 . . s-1",
    "J kg**(-1)",
    "m^2.5",
    "K @",
    "(K",
    "K)",
    "0 K",
    "-1 K",
    "2 degC",
    "Celsius degrees",
    "degC 2",
    "mm/month",
    "W m -2",
    "cm^999999",
    "(" * 5000,
]


@pytest.mark.parametrize(("wanted", "text"), [(wanted, text) for wanted, texts in SPELLINGS.items() for text in texts])
def test_a_spelling_means_what_udunits_reads(wanted: str, text: str) -> None:
    values = np.array([0.0, 1.0, 250.0, -3e5])
    expected = cf_units.Unit(text).convert(values, cf_units.Unit(wanted))
    ours, to = parse_units(text), parse_units(wanted)
    got = (values * ours.factor + ours.offset - to.offset) / to.factor
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("text", REFUSED)
def test_text_that_is_not_a_unit_is_refused(text: str) -> None:
    with pytest.raises(ParamnetError) as error:
        parse_units(text)
    assert error.value.what == f"units {text!r}" and error.value.got.startswith("the part ")


def test_any_product_of_known_units_is_what_udunits_reads() -> None:
    random = np.random.default_rng(11)
    words = ["kg", "g", "m", "cm", "s", "day", "K", "Pa", "hPa", "J", "kW", "mol", "N", "%", "1e-3"]
    for _ in range(300):
        text = str(random.choice(words))
        for _ in range(random.integers(0, 4)):
            text += str(random.choice([" ", ".", "*", "/", " per ", " / "])) + str(random.choice(words[:-2]))
            text += str(random.choice(["", "", "2", "-1", "^-2", "**3"]))
        ours = parse_units(text)
        base = " ".join(f"{name}{power}" for name, power in ours.powers) or "1"
        assert cf_units.Unit(text).convert(1.0, cf_units.Unit(base)) == pytest.approx(ours.factor, rel=1e-9), text


@pytest.mark.parametrize(("one", "other"), list(itertools.pairwise(CELSIUS)))
def test_all_spellings_of_degrees_celsius_are_the_same_unit(one: str, other: str) -> None:
    assert same_units(one, other) and not same_units(one, "K")


@pytest.mark.parametrize("text", ["deg C", "degrees Celsius", "degree C", "deg. C", "° C", "° celsius"])
def test_degrees_celsius_with_a_blank_are_not_an_angle_times_a_charge(text: str) -> None:
    np.testing.assert_allclose(conversion(text, "K", "ta").apply(np.array([20.0])), [293.15])


def test_millibars_of_weather_services_are_not_barns() -> None:
    assert conversion("mb", "Pa", "ps") == (100.0, 0.0)


def test_products_and_quotients_bind_from_the_left() -> None:
    assert same_units("kg/m2 s", "kg m-2 s") and not same_units("kg/m2 s", "kg m-2 s-1")


def test_an_unspecified_part_per_million_is_not_a_mass_fraction() -> None:
    assert conversion("ppm", "1", "o3").factor == pytest.approx(1e-6) and conversion("ppmv", "mol mol-1", "o3").factor == 1e-6
    for given in ("ppm", "ppmv"):
        with pytest.raises(ParamnetError) as error:
            conversion(given, "kg kg-1", "o3")
        assert (error.value.what, error.value.got) == ("o3", repr(given))


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
    with pytest.raises(ParamnetError) as refused:
        conversion("kg/kg", "m s-1", "VAP")
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("VAP", "units convertible to 'm s-1'", "'kg/kg'")


def test_degrees_celsius_have_an_offset_from_kelvin() -> None:
    np.testing.assert_allclose(conversion("degC", "K", "ta").apply(np.array([-10.0, 20.0])), [263.15, 293.15])
    assert conversion("degC s-1", "K s-1", "tnta") == (1.0, 0.0) and not same_units("degC", "K")


def test_a_mole_fraction_is_not_a_mass_fraction() -> None:
    with pytest.raises(ParamnetError) as refused:
        conversion("mol mol-1", "kg kg-1", "o3")
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("o3", "units convertible to 'kg kg-1'", "'mol mol-1'")
