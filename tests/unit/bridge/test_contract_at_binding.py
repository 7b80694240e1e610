"""The host declares its units, level order and vertical grid; they are converted, reversed or compared, never guessed."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge import BridgeError, Scheme

HEATING = "tendency_of_air_temperature_due_to_convection"
SO_FAR = "tendency_of_air_temperature_so_far"
LEVELS = 10


def identity_arrays(columns: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Arrays for the inputs and outputs of identity.pt."""
    random = np.random.default_rng(5)
    inputs = {
        "air_temperature": random.uniform(200, 300, (columns, LEVELS)),
        "specific_humidity": random.uniform(0, 0.02, (columns, LEVELS)),
        "surface_air_pressure": random.uniform(9e4, 1e5, columns),
    }
    return inputs, {name: np.full_like(values, -1) for name, values in inputs.items()}


UNITS = {"air_temperature": "K", "specific_humidity": "kg kg-1", "surface_air_pressure": "Pa"}


def bind_identity(scheme: Scheme, inputs: dict[str, np.ndarray], outputs: dict[str, np.ndarray]) -> None:
    for name, units in UNITS.items():
        scheme.bind_input(name, units, inputs[name])
        scheme.bind_output(name, units, outputs[name])


@pytest.fixture
def identity(schemes: Path) -> Scheme:
    return Scheme(schemes / "identity.pt", precision="float64", strict=False)


def test_known_units_are_converted_only_on_request(identity: Scheme) -> None:
    inputs, outputs = identity_arrays(20)
    bind_identity(identity, inputs, outputs)
    hundredths = inputs["surface_air_pressure"] / 100
    with pytest.raises(BridgeError) as caught:
        identity.bind_input("surface_air_pressure", "hPa", hundredths)
    assert all(words in str(caught.value) for words in ("surface_air_pressure", "'Pa'", "'hPa'", "convert"))
    identity.bind_input("surface_air_pressure", "hPa", hundredths, convert=True)
    grams = np.zeros((20, LEVELS), np.float32)
    identity.bind_output("specific_humidity", "g kg-1", grams, convert=True)
    assert not identity.run(20).any()
    np.testing.assert_allclose(outputs["surface_air_pressure"], inputs["surface_air_pressure"], rtol=1e-15)
    np.testing.assert_allclose(grams, inputs["specific_humidity"] * 1000, rtol=1e-6)


def test_units_outside_the_table_are_refused_even_with_convert(identity: Scheme) -> None:
    inputs, _ = identity_arrays(3)
    for name, units in (("air_temperature", "m"), ("specific_humidity", "hPa"), ("surface_air_pressure", "furlong")):
        with pytest.raises(BridgeError) as caught:
            identity.bind_input(name, units, inputs[name], convert=True)
        assert name in str(caught.value) and f"'{units}'" in str(caught.value)


def test_watts_become_kelvin_by_the_hosts_own_layer_mass(schemes: Path, columns: np.ndarray) -> None:
    scheme, plain = (Scheme(schemes / "tiny.pt", strict=False) for _ in range(2))
    some = columns[:100]
    constants = scheme.manifest["constants"]
    thickness = np.random.default_rng(2).uniform(5e3, 1e4, (100, LEVELS))
    watts_per_kelvin = constants["specific_heat_of_dry_air"] * thickness / constants["gravity"]
    expected, _ = plain.predict(some)
    result = {}
    first = 0
    for variable in scheme.inputs:
        part = some[:, first : first + variable["levels"]]
        first += variable["levels"]
        if variable["name"] == SO_FAR:
            scheme.bind_input(SO_FAR, "W m-2", part * watts_per_kelvin, convert=True)
        else:
            scheme.bind_input(variable["name"], variable["units"], part)
    for variable in scheme.outputs:
        result[variable["name"]] = np.zeros((100, variable["levels"]))
        watts = variable["name"] == HEATING
        scheme.bind_output(variable["name"], "W m-2" if watts else variable["units"], result[variable["name"]], convert=watts)
    with pytest.raises(BridgeError) as caught:
        scheme.run(100)
    assert caught.value.status == 5 and "pressure thickness" in str(caught.value) and "W m-2" in str(caught.value)
    scheme.bind_input("pressure_thickness", "hPa", thickness / 100, convert=True)
    scheme.run(100)
    scale = np.abs(expected[:, :LEVELS]).max()
    np.testing.assert_allclose(result[HEATING] / watts_per_kelvin, expected[:, :LEVELS], atol=2e-6 * scale)


def test_levels_declared_bottom_first_are_reversed_inside(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt", strict=False)
    some = columns[:50]
    expected, _ = scheme.predict(some)
    result, first = np.zeros((50, 30)), 0
    for variable in scheme.inputs:
        part = some[:, first : first + variable["levels"]]
        scheme.bind_input(variable["name"], variable["units"], np.ascontiguousarray(part[:, ::-1]), levels="bottom_first")
        first += variable["levels"]
    for index, variable in enumerate(scheme.outputs):
        part = result[:, index * LEVELS : (index + 1) * LEVELS]
        scheme.bind_output(variable["name"], variable["units"], part, levels="bottom_first")
    scheme.run(50)
    for index in range(3):
        part = slice(index * LEVELS, (index + 1) * LEVELS)
        assert result[:, part][:, ::-1].astype(np.float32).tobytes() == expected[:, part].tobytes()
    with pytest.raises(BridgeError) as caught:
        scheme.bind_input("surface_air_pressure", "Pa", result[:, 0], levels="upwards")
    assert (caught.value.what, caught.value.got) == ("surface_air_pressure, levels", "'upwards'")


def test_no_run_before_the_hosts_grid_was_compared(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    inputs, outputs = identity_arrays(4)
    bind_identity(scheme, inputs, outputs)
    for refused in (scheme.run, scheme.enqueue):
        with pytest.raises(BridgeError) as caught:
            refused(4)
        assert caught.value.status == 4 and "vertical grid" in str(caught.value)
    assert (outputs["air_temperature"] == -1).all()
    grid = scheme.manifest["vertical_grid"]
    a, b = np.array(grid["a_mid"]), np.array(grid["b_mid"])
    wrong = {
        ("level 1 of 10", "bottom first"): (a[::-1], b[::-1]),
        ("level 4 of 10",): (a, b + np.where(np.arange(LEVELS) == 3, 0.01, 0)),
        ("expected 10 level", "got 9"): (a[:9], b[:9]),
    }
    for facts, declared in wrong.items():
        with pytest.raises(BridgeError) as caught:
            scheme.declare_grid(*declared)
        assert str(caught.value).startswith("declare_grid: ") and all(fact in str(caught.value) for fact in facts)
    with pytest.raises(BridgeError) as caught:
        scheme.run(4)
    assert "vertical grid" in str(caught.value)
    scheme.share().declare_grid(a[::-1], b[::-1], order="bottom_first")
    assert not scheme.run(4).any()
    assert scheme.predict(inputs)[0]["air_temperature"].any()


def test_the_pressures_of_a_bottom_first_host_are_compared_in_its_order(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    grid = scheme.manifest["vertical_grid"]
    pressure = np.array(grid["a_mid"]) + np.array([[1e5], [9e4]]) * np.array(grid["b_mid"])
    scheme.check_pressure(np.array([1e5, 9e4]), np.ascontiguousarray(pressure[:, ::-1]), order="bottom_first")
    with pytest.raises(BridgeError) as caught:
        scheme.check_pressure(np.array([1e5, 9e4]), pressure[:, ::-1])
    assert "bottom first" in str(caught.value)
