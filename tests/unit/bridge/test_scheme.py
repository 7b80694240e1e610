"""The bridge's results, and the arrays it refuses to bind."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import FLAG_NONFINITE_INPUT, FLAG_NONFINITE_OUTPUT, FLAG_OUTSIDE_ENVELOPE, BridgeError, Scheme

MISMATCH, UNBOUND, INVALID = 4, 5, 1


@pytest.fixture
def one_torch_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def named(columns: np.ndarray, scheme: Scheme) -> dict[str, np.ndarray]:
    """Rows (column, n_in) as a dict by name."""
    result, first = {}, 0
    for variable in scheme.inputs:
        part = columns[:, first : first + variable["levels"]]
        result[variable["name"]] = part if variable["profile"] else part[:, 0]
        first += variable["levels"]
    return result


def bind(scheme: Scheme, inputs: dict[str, np.ndarray], outputs: dict[str, np.ndarray]) -> None:
    """Bind all arrays by name, in the contract's units."""
    for variable in scheme.inputs:
        scheme.bind_input(variable["name"], variable["units"], inputs[variable["name"]])
    for variable in scheme.outputs:
        scheme.bind_output(variable["name"], variable["units"], outputs[variable["name"]])


def same_bits(first: np.ndarray, second: np.ndarray) -> bool:
    return first.dtype == second.dtype and first.tobytes() == second.tobytes()


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("float64", torch.float64)])
def test_the_bridge_and_torch_give_the_same_bits(
    schemes: Path, columns: np.ndarray, precision: str, dtype: torch.dtype, one_torch_thread: None
) -> None:
    module = torch.jit.load(str(schemes / "tiny.pt")).to(dtype)
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        expected = module(torch.from_numpy(columns).to(dtype)).numpy()
    result, flags = Scheme(schemes / "tiny.pt", precision=precision, backend="torchscript").predict(columns)
    assert same_bits(result, expected)
    assert len(columns) >= 10_000
    assert not flags.any()


def test_kind_and_storage_of_host_arrays_change_no_bit(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    expected, _ = scheme.predict(columns)
    for rows in (columns.astype(np.float32), np.asfortranarray(columns), np.repeat(columns, 2, axis=0)[::2]):
        assert same_bits(scheme.predict(rows)[0], expected)
    by_name, _ = scheme.predict(named(columns, scheme))
    assert same_bits(np.concatenate([by_name[variable["name"]] for variable in scheme.outputs], axis=1), expected)


def test_a_negative_stride_reads_levels_from_the_bottom(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    inputs = named(columns, scheme)
    expected, _ = scheme.predict(inputs)
    stored = {name: np.ascontiguousarray(values[..., ::-1]) for name, values in inputs.items() if values.ndim == 2}
    again, _ = scheme.predict(inputs | {name: values[:, ::-1] for name, values in stored.items()})
    for name, values in expected.items():
        assert same_bits(values, again[name])


def test_an_identity_scheme_returns_every_float64(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt", precision="float64")
    rows = np.random.default_rng(3).standard_normal((500, 21)) * 10.0 ** np.arange(-150, 165, 15)
    result, flags = scheme.predict(rows)
    assert same_bits(result, rows)
    assert not flags.any()


def test_a_float64_beyond_float32_is_flagged_as_non_finite_input(schemes: Path) -> None:
    rows = np.ones((3, 21))
    rows[1, 4] = 1e300
    result, flags = Scheme(schemes / "identity.pt").predict(rows)
    assert flags.tolist() == [0, FLAG_NONFINITE_INPUT, 0]
    assert not result[1].any()


def test_a_float64_result_beyond_a_float32_host_array_is_flagged(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt", precision="float64", strict=False)
    values = {"air_temperature": np.full((2, 10), 1e300), "specific_humidity": np.ones((2, 10))}
    values["surface_air_pressure"] = np.ones(2)
    values["air_temperature"][0] = 1.0
    narrow = np.full((2, 10), 9, np.float32)
    bind(scheme, values, {name: array.copy() for name, array in values.items()} | {"air_temperature": narrow})
    assert scheme.run(2).tolist() == [0, FLAG_NONFINITE_OUTPUT]
    assert narrow.tolist() == [[1.0] * 10, [0.0] * 10]


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_non_finite_input_zeroes_its_own_column_only(schemes: Path, columns: np.ndarray, poison: float) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    expected, _ = scheme.predict(columns)
    rows = columns.copy()
    rows[123, 7] = poison
    result, flags = scheme.predict(rows)
    assert np.flatnonzero(flags).tolist() == [123]
    assert flags[123] == FLAG_NONFINITE_INPUT
    assert not result[123].any()
    assert same_bits(np.delete(result, 123, axis=0), np.delete(expected, 123, axis=0))


def test_a_non_finite_output_is_flagged_and_written_as_zero(schemes: Path) -> None:
    rows = np.ones((4, 21))
    rows[2, 20] = -1.0
    scheme = Scheme(schemes / "logarithm.pt")
    result, flags = scheme.predict(rows)
    assert flags.tolist() == [0, 0, FLAG_NONFINITE_OUTPUT, 0]
    assert not result.any()
    assert scheme.counters["nonfinite_output"] == 1


def test_the_envelope_is_the_training_range_widened_by_the_tolerance(schemes: Path, columns: np.ndarray) -> None:
    low, high = columns[:, 0].min(), columns[:, 0].max()
    rows = columns[:3].copy()
    rows[1, 0] = high + 0.05 * (high - low)
    rows[2, 0] = low - 0.2 * (high - low)
    exact = Scheme(schemes / "tiny.pt")
    result, flags = exact.predict(rows)
    assert flags.tolist() == [0, FLAG_OUTSIDE_ENVELOPE, FLAG_OUTSIDE_ENVELOPE]
    assert result[1:].any(axis=1).all()
    tolerant = Scheme(schemes / "tiny.pt", envelope_tolerance=0.1)
    assert tolerant.predict(rows)[1].tolist() == [0, 0, FLAG_OUTSIDE_ENVELOPE]
    assert exact.counters == {
        "calls": 1, "columns": 3, "nonfinite_input": 0, "nonfinite_output": 0, "outside_envelope": 2,
        "far_from_training": 0, "fallen_back": 0,
        "non_negative_water": 0, "column_water_closure": 0, "column_water_flux_closure": 0, "column_enthalpy_closure": 0,
        "column_energy_closure": 0, "output_limits": 0,
    }  # fmt: skip


def test_an_array_that_does_not_match_the_contract_is_not_bound(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    good = np.ones((4, 10))
    wrong = [
        (("temperature", "K", good), MISMATCH, ("'temperature'", "air_temperature, specific_humidity, surface_air_pressure")),
        (("air_temperature", "degC", good), MISMATCH, ("'K'", "'degC'")),
        (("air_temperature", "K", good[:, :8]), MISMATCH, ("10 level", "got 8")),
        (("air_temperature", "K", good, "level,column"), MISMATCH, ("got 4",)),
        (("air_temperature", "K", good, "level"), INVALID, ("'level'", "2 dimension")),
        (("air_temperature", "K", good, "lev"), INVALID, ("got 'lev'",)),
        (("air_temperature", "K", good[None]), INVALID, ("1 or 2 dimensions", "got 3")),
        (("air_temperature", "K", good.astype(int)), INVALID, ("float32 or float64",)),
        (("air_temperature", "K", good.astype(">f8")), INVALID, ("float32 or float64", "byte order")),
        (("surface_air_pressure", "Pa", good), MISMATCH, ("1 level", "got 10")),
    ]
    for arguments, status, facts in wrong:
        with pytest.raises(BridgeError) as caught:
            scheme.bind_input(*arguments)
        assert caught.value.status == status
        assert all(fact in str(caught.value) for fact in (arguments[0], *facts))
    good.flags.writeable = False
    with pytest.raises(BridgeError) as caught:
        scheme.bind_output("air_temperature", "K", good)
    assert "air_temperature" in str(caught.value) and "writeable" in str(caught.value)


def test_run_names_what_is_not_bound(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    scheme.bind_input("specific_humidity", "kg kg-1", np.ones((2, 10)))
    with pytest.raises(BridgeError) as caught:
        scheme.run(2)
    assert caught.value.status == UNBOUND
    assert all(words in str(caught.value) for words in ("air_temperature", "surface_air_pressure", "bind_input"))
    assert "specific_humidity" not in str(caught.value)


def test_one_column_is_not_broadcast_to_many(schemes: Path) -> None:
    scheme = Scheme(schemes / "identity.pt")
    inputs = {"air_temperature": np.ones((8, 10)), "specific_humidity": np.ones((8, 10))}
    with pytest.raises(BridgeError) as caught:
        scheme.predict(inputs | {"surface_air_pressure": np.ones(1)})
    assert (caught.value.what, caught.value.got, caught.value.status) == ("surface_air_pressure", "1", INVALID)
    assert "8 columns" in caught.value.expected and "air_temperature" in caught.value.expected
    with pytest.raises(BridgeError) as caught:
        scheme.predict(inputs)
    assert (caught.value.expected, caught.value.status) == ("surface_air_pressure", UNBOUND)
    with pytest.raises(BridgeError) as caught:
        scheme.predict(np.ones((8, 20)))
    assert (caught.value.expected, caught.value.got, caught.value.status) == ("shape (column, 21)", "(8, 20)", INVALID)


def test_pressures_constants_and_limits_are_those_of_the_manifest(schemes: Path) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    grid = scheme.manifest["vertical_grid"]
    surface = np.array([1.0e5, 9.0e4])
    pressure = np.array(grid["a_mid"]) + surface[:, None] * np.array(grid["b_mid"])
    scheme.check_pressure(surface, pressure)
    with pytest.raises(BridgeError) as caught:
        scheme.check_pressure(surface, pressure / 100)
    assert all(words in str(caught.value) for words in ("level 1 of 10", "column 1", "hPa"))
    scheme.check_constant("tendency_interval", 3600.0)
    with pytest.raises(BridgeError) as caught:
        scheme.check_constant("gravity", 9.81, relative_tolerance=1e-5)
    assert all(words in str(caught.value) for words in ("gravity", "9.80665", "9.81 "))
    low, high = scheme.output_limits("tendency_of_air_temperature_due_to_convection")
    assert low.tolist() == scheme.manifest["envelope"]["outputs"]["min"][:10]
    assert high.tolist() == scheme.manifest["envelope"]["outputs"]["max"][:10]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "no_limits.pt").output_limits("convective_precipitation_production")
    assert "envelope.outputs" in str(caught.value)


def test_torch_keeps_its_thread_count(schemes: Path, columns: np.ndarray) -> None:
    before = torch.get_num_threads()
    Scheme(schemes / "tiny.pt", threads=before + 1).predict(columns)
    assert torch.get_num_threads() == before


def test_calls_from_many_threads_on_one_scheme_do_not_mix(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt")
    expected, _ = scheme.predict(columns)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(scheme.predict, [columns] * 8))
    assert all(same_bits(result, expected) and not flags.any() for result, flags in results)
    assert scheme.counters["calls"] == 9
    assert scheme.counters["columns"] == 9 * len(columns)
