"""Units, level order and the vertical grid: what a host declares is converted, reversed or compared, never guessed."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge import BridgeError, Scheme

HEATING = "tendency_of_air_temperature_due_to_convection"
SO_FAR = "tendency_of_air_temperature_so_far"
LEVELS = 10


def identity_arrays(columns: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and outputs of identity.pt."""
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


def test_a_known_pair_of_units_is_converted_only_when_asked(identity: Scheme) -> None:
    inputs, outputs = identity_arrays(20)
    bind_identity(identity, inputs, outputs)
    hundredths = inputs["surface_air_pressure"] / 100
    with pytest.raises(BridgeError, match=r"expected units 'Pa', got 'hPa'; ask for the conversion when binding \(convert\)"):
        identity.bind_input("surface_air_pressure", "hPa", hundredths)
    identity.bind_input("surface_air_pressure", "hPa", hundredths, convert=True)
    grams = np.zeros((20, LEVELS), np.float32)
    identity.bind_output("specific_humidity", "g kg-1", grams, convert=True)
    assert not identity.run(20).any()
    np.testing.assert_allclose(outputs["surface_air_pressure"], inputs["surface_air_pressure"], rtol=1e-15)
    np.testing.assert_allclose(grams, inputs["specific_humidity"] * 1000, rtol=1e-6)


def test_units_outside_the_table_are_refused_even_when_conversion_is_asked(identity: Scheme) -> None:
    inputs, _ = identity_arrays(3)
    for name, units in (("air_temperature", "m"), ("specific_humidity", "hPa"), ("surface_air_pressure", "furlong")):
        with pytest.raises(BridgeError, match="convert the array in the host and bind it with the scheme's units"):
            identity.bind_input(name, units, inputs[name], convert=True)


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
    with pytest.raises(BridgeError, match="expected the host's pressure thickness for the conversion of W m-2") as caught:
        scheme.run(100)
    assert caught.value.status == 5
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
    with pytest.raises(BridgeError, match="expected levels 'top_first' or 'bottom_first', got 'upwards'"):
        scheme.bind_input("surface_air_pressure", "Pa", result[:, 0], levels="upwards")


def test_no_run_before_the_hosts_grid_was_compared(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    inputs, outputs = identity_arrays(4)
    bind_identity(scheme, inputs, outputs)
    for refused in (scheme.run, scheme.enqueue):
        with pytest.raises(BridgeError, match="expected the host's vertical grid to be declared, got none") as caught:
            refused(4)
        assert caught.value.status == 4
    assert (outputs["air_temperature"] == -1).all()
    grid = scheme.manifest["vertical_grid"]
    a, b = np.array(grid["a_mid"]), np.array(grid["b_mid"])
    with pytest.raises(BridgeError, match=r"declare_grid: level 1 of 10 .* look bottom first"):
        scheme.declare_grid(a[::-1], b[::-1])
    with pytest.raises(BridgeError, match="declare_grid: level 4 of 10"):
        scheme.declare_grid(a, b + np.where(np.arange(LEVELS) == 3, 0.01, 0))
    with pytest.raises(BridgeError, match=r"declare_grid: expected 10 level\(s\), got 9"):
        scheme.declare_grid(a[:9], b[:9])
    with pytest.raises(BridgeError, match="expected the host's vertical grid"):
        scheme.run(4)
    scheme.share().declare_grid(a[::-1], b[::-1], order="bottom_first")
    assert not scheme.run(4).any()
    assert scheme.predict(inputs)[0]["air_temperature"].any()


def test_the_pressures_of_a_bottom_first_host_are_compared_in_its_order(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    grid = scheme.manifest["vertical_grid"]
    pressure = np.array(grid["a_mid"]) + np.array([[1e5], [9e4]]) * np.array(grid["b_mid"])
    scheme.check_pressure(np.array([1e5, 9e4]), np.ascontiguousarray(pressure[:, ::-1]), order="bottom_first")
    with pytest.raises(BridgeError, match="levels look bottom first"):
        scheme.check_pressure(np.array([1e5, 9e4]), pressure[:, ::-1])
