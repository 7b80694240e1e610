"""The first run checks the host's values: a wrong unit is refused or logged. Later calls do not check again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge import FLAG_NONFINITE_INPUT, BridgeError, Scheme

LEVELS, COLUMNS = 10, 40
UNITS = {"air_temperature": "K", "specific_humidity": "kg kg-1", "surface_air_pressure": "Pa"}


def host_state() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    return {
        "air_temperature": random.uniform(200, 300, (COLUMNS, LEVELS)),
        "specific_humidity": random.uniform(1e-3, 0.02, (COLUMNS, LEVELS)),
        "surface_air_pressure": random.uniform(9e4, 1e5, COLUMNS),
    }


def bound(schemes: Path, state: dict[str, np.ndarray], *, strict: bool = True, outputs: dict[str, np.ndarray] | None = None) -> Scheme:
    """Load identity.pt, bind the state and declare the scheme's own grid."""
    scheme = Scheme(schemes / "identity.pt", precision="float64", strict=strict)
    grid = scheme.manifest["vertical_grid"]
    scheme.declare_grid(np.array(grid["a_mid"]), np.array(grid["b_mid"]))
    for name, units in UNITS.items():
        scheme.bind_input(name, units, state[name])
        scheme.bind_output(name, units, outputs[name] if outputs else np.full_like(state[name], -1.0))
    return scheme


MISTAKES = {
    "degrees Celsius": ("air_temperature", lambda x: x - 273.15, "degC"),
    "grams": ("specific_humidity", lambda x: x * 1e3, " g kg-1"),
    "hectopascals": ("surface_air_pressure", lambda x: x / 100, "hPa"),
    "kilopascals": ("surface_air_pressure", lambda x: x / 1000, "times 1000"),
    "another array": ("air_temperature", lambda x: x * 1e4, "120 to 360 K"),
    "not filled yet": ("surface_air_pressure", lambda x: x * 0, "0 to 0"),
}


@pytest.mark.parametrize(("name", "change", "words"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("columns", [1, 7, COLUMNS])
def test_a_wrong_unit_is_refused_at_the_first_run_for_any_number_of_columns(
    schemes: Path, name: str, change, words: str, columns: int
) -> None:
    state = host_state()
    state[name] = change(state[name])
    scheme = bound(schemes, state)
    for _ in range(2):  # the second call is refused too
        with pytest.raises(BridgeError) as caught:
            scheme.run(columns)
        assert caught.value.status == 4
        assert f"{name}: " in str(caught.value) and words in str(caught.value)
    with pytest.raises(BridgeError) as caught:
        scheme.enqueue(columns)
        scheme.flush()
    assert f"{name}: " in str(caught.value)
    state[name][:] = host_state()[name]
    assert not scheme.run(columns).any()


def test_the_hosts_own_units_are_checked_after_conversion(schemes: Path) -> None:
    state = host_state()
    scheme = bound(schemes, state)
    scheme.bind_input("air_temperature", "degC", state["air_temperature"] - 273.15, convert=True)
    scheme.bind_input("surface_air_pressure", "hPa", state["surface_air_pressure"] / 100, convert=True)
    assert not scheme.run(COLUMNS).any()


def test_a_temperature_in_celsius_is_converted_both_ways(schemes: Path) -> None:
    state, celsius = host_state(), np.full((COLUMNS, LEVELS), -1.0, np.float32)
    scheme = bound(schemes, state)
    scheme.bind_input("air_temperature", "degC", state["air_temperature"] - 273.15, convert=True)
    scheme.bind_output("air_temperature", "degC", celsius, convert=True)
    assert not scheme.run(COLUMNS).any()
    np.testing.assert_allclose(celsius, state["air_temperature"] - 273.15, atol=2e-5)


def test_a_few_columns_outside_are_logged_once_and_the_run_continues(schemes: Path, capfd: pytest.CaptureFixture) -> None:
    state = host_state()
    state["air_temperature"][3, 4] = 400.5
    scheme = bound(schemes, state)
    flags = scheme.run(COLUMNS)
    log = capfd.readouterr().err
    assert "air_temperature: " in log and "120 to 360 K" in log
    assert "to 400.5" in log and "1 of 40 columns" in log
    assert not flags.any()
    scheme.run(COLUMNS)
    assert "120 to 360 K" not in capfd.readouterr().err


def test_with_strict_off_a_wrong_unit_is_logged_and_run(schemes: Path, capfd: pytest.CaptureFixture) -> None:
    state = host_state()
    state["air_temperature"] -= 273.15
    assert not bound(schemes, state, strict=False).run(COLUMNS).any()
    log = capfd.readouterr().err
    assert "40 of 40 columns" in log and "degC" in log


def test_a_process_that_loaded_many_schemes_is_still_warned(schemes: Path, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
import numpy as np
from paramnet.bridge import Scheme

loaded = []
for number in range(70):
    copy = Path(sys.argv[2]) / f"{number}.pt"
    copy.hardlink_to(sys.argv[1])
    loaded.append(Scheme(copy))
scheme = loaded[-1]
grid = scheme.manifest["vertical_grid"]
scheme.declare_grid(np.array(grid["a_mid"]), np.array(grid["b_mid"]))
values = {
    "air_temperature": ("K", (4, 10), 260.0),
    "specific_humidity": ("kg kg-1", (4, 10), 0.01),
    "surface_air_pressure": ("Pa", (4,), 1e5),
}
for name, (units, shape, value) in values.items():
    bound = np.full(shape, value)
    if name == "air_temperature":
        bound[2, 3] = 400.5
    scheme.bind_input(name, units, bound)
    scheme.bind_output(name, units, np.zeros(shape))
scheme.run(4)
"""
    environment = {key: value for key, value in os.environ.items() if key != "PARAMNET_LOG"}
    command = [sys.executable, "-c", program, str(schemes / "identity.pt"), str(tmp_path)]
    log = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr.splitlines()
    assert sum(".pt: native" in line for line in log) == 64  # the choices, then a line that says they end
    assert any("64 messages" in line for line in log)
    assert any("1 of 4 columns" in line and "400.5" in line for line in log)


def test_values_that_are_not_finite_are_left_to_the_guard(schemes: Path) -> None:
    state = host_state()
    state["air_temperature"][5] = np.nan
    flags = bound(schemes, state).run(COLUMNS)
    assert flags[5] == FLAG_NONFINITE_INPUT
    assert flags.sum() == FLAG_NONFINITE_INPUT


def test_the_hosts_own_results_are_checked_in_a_comparison(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    grid = scheme.manifest["vertical_grid"]
    scheme.declare_grid(np.array(grid["a_mid"]), np.array(grid["b_mid"]))
    first, some, results = 0, columns[:COLUMNS].copy(), []
    for variable in scheme.inputs:
        part = some[:, first : first + variable["levels"]]
        scheme.bind_input(variable["name"], variable["units"], part if variable["profile"] else part[:, 0])
        first += variable["levels"]
    for variable in scheme.outputs:
        results.append(np.full((COLUMNS, variable["levels"]), 5.0))  # K day-1, passed as K s-1
        scheme.bind_output(variable["name"], variable["units"], results[-1])
    scheme.run(COLUMNS)  # without a comparison the initial values do not matter
    scheme.compare(True)
    for result in results:
        result[:] = 5.0
    with pytest.raises(BridgeError) as caught:
        scheme.run(COLUMNS)
    facts = ("tendency_of_air_temperature_due_to_convection: ", "-0.05 to 0.05 K s-1", "K day-1")
    assert all(fact in str(caught.value) for fact in facts)
    for result in results:
        result[:] = 0.0
    scheme.run(COLUMNS)


def test_binding_again_in_the_same_units_is_not_checked_again(schemes: Path) -> None:
    state = host_state()
    scheme = bound(schemes, state)
    scheme.run(COLUMNS)
    scheme.bind_input("air_temperature", "K", state["air_temperature"] - 273.15)
    scheme.run(COLUMNS)  # hosts that bind at every step would pay for it at every step
    scheme.bind_input("air_temperature", "K", (state["air_temperature"] - 273.15).astype(np.float32))
    with pytest.raises(BridgeError) as caught:
        scheme.run(COLUMNS)
    assert "degC" in str(caught.value)


CONVERSIONS = {
    ("specific_humidity", "%"): 1e-2,
    ("specific_humidity", "g/kg"): 1e-3,
    ("specific_humidity", "mg kg-1"): 1e-6,
    ("specific_humidity", "1"): 1.0,
    ("surface_air_pressure", "mbar"): 100.0,
    ("surface_air_pressure", "N m-2"): 1.0,
    ("surface_air_pressure", "bar"): 1e5,
    ("surface_air_pressure", "kPa"): 1e3,
    ("surface_air_pressure", "millibars"): 1e2,
    ("surface_air_pressure", "kg/m/s**2"): 1.0,
    ("air_temperature", "kelvin"): 1.0,
}


@pytest.mark.parametrize(("name", "units"), CONVERSIONS)
def test_units_that_preprocessing_converts_are_converted(schemes: Path, name: str, units: str) -> None:
    state = host_state()
    outputs = {key: np.full_like(values, -1.0) for key, values in state.items()}
    scheme = bound(schemes, state, outputs=outputs)
    scheme.bind_input(name, units, state[name] / CONVERSIONS[name, units], convert=True)
    scheme.run(COLUMNS)
    np.testing.assert_allclose(outputs[name], state[name], rtol=1e-12)


@pytest.mark.parametrize("units", ["mol mol-1", "kg", "kg kg-2", "furlong", "g kg-", "kg m-2/s"])
def test_units_of_another_quantity_are_refused(schemes: Path, units: str) -> None:
    scheme = Scheme(schemes / "identity.pt")
    with pytest.raises(BridgeError) as caught:
        scheme.bind_input("specific_humidity", units, np.zeros((2, LEVELS)), convert=True)
    assert caught.value.status == 4


@pytest.mark.parametrize("units", ["degC", "deg_C", "celsius", "degrees_Celsius", "degree_C"])
def test_degrees_celsius_are_known_by_their_names(schemes: Path, units: str) -> None:
    state = host_state()
    outputs = {key: np.full_like(values, -1.0) for key, values in state.items()}
    scheme = bound(schemes, state, outputs=outputs)
    scheme.bind_input("air_temperature", units, state["air_temperature"] - 273.15, convert=True)
    scheme.run(COLUMNS)
    np.testing.assert_allclose(outputs["air_temperature"], state["air_temperature"], rtol=1e-12)


def test_a_refusal_of_units_names_the_accepted_ones(schemes: Path) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    with pytest.raises(BridgeError) as caught:
        scheme.bind_output("tendency_of_air_temperature_due_to_convection", "Pa s-1", np.zeros((2, LEVELS)), convert=True)
    assert all(units in str(caught.value) for units in ("'K day-1'", "'J kg-1 s-1'", "'W m-2'"))


def _run_in_a_child(scheme: Scheme) -> tuple[int, int]:
    """Exit status of a forked child that runs the scheme (0: it ran, 1: it was refused with status 6), and its raw wait status."""
    child = os.fork()
    if child == 0:
        try:
            scheme.run(COLUMNS)
        except BridgeError as error:
            os._exit(1 if error.status == 6 and "forked" in str(error) else 2)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), status


FORKS = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_plausible_host import _run_in_a_child, host_state, COLUMNS, UNITS
from paramnet.bridge import Scheme
import numpy as np
codes = []
for threads in (1, 2):
    scheme = Scheme({path!r}, backend="torchscript", threads=threads, strict=False)
    state = host_state()
    for name, units in UNITS.items():
        scheme.bind_input(name, units, state[name])
        scheme.bind_output(name, units, state[name].copy())
    scheme.run(COLUMNS)
    codes.append(_run_in_a_child(scheme)[0])
print(codes)
"""


def test_a_forked_child_with_libtorchs_threads_is_refused_instead_of_hanging(schemes: Path) -> None:
    program = FORKS.format(folder=str(Path(__file__).parent), path=str(schemes / "sorted.pt"))
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert result.stdout.strip() == "[0, 1]"


def test_messages_keep_the_decimal_point_in_any_locale(schemes: Path, tmp_path: Path) -> None:
    if shutil.which("localedef") is None:
        pytest.skip("no localedef on PATH")
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], capture_output=True, check=False)
    if not (tmp_path / "de_DE.UTF-8").is_dir():
        pytest.skip(f"localedef made no locale: {made.stderr.decode()[-100:]}")
    program = (
        "import locale; locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8'); assert locale.localeconv()['decimal_point'] == ',';"
        "from paramnet.bridge import BridgeError, Scheme\n"
        f"scheme = Scheme({str(schemes / 'identity.pt')!r})\n"
        "try:\n    scheme.check_constant('gravity', 9.7)\nexcept BridgeError as error:\n    print(error)"
    )
    environment = os.environ | {"LOCPATH": str(tmp_path), "PYTHONUTF8": "1"}
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert "9.80665 " in result.stdout and "9.7 " in result.stdout
