"""netCDF4 returns masked arrays; a masked element contains a fill value, not data."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge import BridgeError, Scheme

LEVELS = 10


@pytest.fixture
def identity(schemes: Path) -> Scheme:
    return Scheme(schemes / "identity.pt", strict=False)


def profile(masked: bool) -> np.ma.MaskedArray:
    values = np.full((6, LEVELS), 250.0)
    values[2, 3] = 1e20 if masked else 250.0
    return np.ma.masked_values(values, 1e20)


def test_an_array_with_masked_values_is_not_bound(identity: Scheme) -> None:
    for bind in (identity.bind_input, identity.bind_output):
        with pytest.raises(BridgeError) as caught:
            bind("air_temperature", "K", profile(masked=True))
        assert (caught.value.what, caught.value.status) == ("air_temperature", 1)
        assert caught.value.expected == "an array without masked values"
        assert caught.value.got == "1 of 60 masked"
        assert "filled(numpy.nan)" in caught.value.remedy


def test_an_array_with_an_empty_mask_is_bound(identity: Scheme) -> None:
    temperature = profile(masked=False)
    assert isinstance(temperature, np.ma.MaskedArray)
    identity.bind_input("air_temperature", "K", temperature)


def test_masked_values_are_refused_in_predictions_and_checks(identity: Scheme) -> None:
    inputs = {"air_temperature": profile(masked=True), "specific_humidity": np.zeros((6, LEVELS)), "surface_air_pressure": np.full(6, 1e5)}
    rows = np.ma.masked_less(np.full((6, 2 * LEVELS + 1), 1.0), 2.0)
    pressure = np.ma.masked_greater(np.full(6, 1e5), 1.0)
    calls = {
        "air_temperature": lambda: identity.predict(inputs),
        "predict": lambda: identity.predict(rows),
        "surface_pressure": lambda: identity.check_pressure(pressure, np.ones((6, LEVELS))),
        "level_pressure": lambda: identity.check_pressure(np.full(6, 1e5), rows[:, :LEVELS]),
        "a": lambda: identity.declare_grid(pressure, np.ones(6)),
    }
    for name, call in calls.items():
        with pytest.raises(BridgeError) as caught:
            call()
        assert caught.value.what == name
        assert caught.value.expected == "an array without masked values"
