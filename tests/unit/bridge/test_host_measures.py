"""Functions of the bridge in addition to evaluation: guard, fallback, ramp, comparison, fixers, chunks."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import numpy as np
import pytest

from paramnet.bridge import FLAG_FAR_FROM_TRAINING, FLAG_NONFINITE_INPUT, FLAG_OUTSIDE_ENVELOPE, BridgeError, Scheme
from paramnet.exporting.envelope import distance

HEATING, MOISTENING, RAIN = (
    "tendency_of_air_temperature_due_to_convection",
    "tendency_of_specific_humidity_due_to_convection",
    "convective_precipitation_production",
)
LEVELS, N_OUT = 10, 30


def bind(scheme: Scheme, rows: np.ndarray, result: np.ndarray) -> None:
    """Bind rows (column, n_in) and results (column, n_out) to tiny.pt."""
    for bind_one, variables, array in ((scheme.bind_input, scheme.inputs, rows), (scheme.bind_output, scheme.outputs, result)):
        first = 0
        for variable in variables:
            bind_one(variable["name"], variable["units"], array[:, first : first + variable["levels"]])
            first += variable["levels"]


def loaded(schemes: Path, rows: np.ndarray, result: np.ndarray, **options: object) -> Scheme:
    scheme = Scheme(schemes / "tiny.pt", strict=False, **options)  # type: ignore[arg-type]
    bind(scheme, rows, result)
    return scheme


def test_fallback_keep_leaves_the_hosts_values(schemes: Path, columns: np.ndarray) -> None:
    rows = columns[:40].copy()
    rows[3, 2] = np.nan
    rows[5, 0] = 1e4
    result = np.full((40, N_OUT), 7.0)
    scheme = loaded(schemes, rows, result, fallback="keep", fallback_flags=FLAG_OUTSIDE_ENVELOPE)
    flags = scheme.run(40)
    assert flags[[3, 5]].tolist() == [FLAG_NONFINITE_INPUT, FLAG_OUTSIDE_ENVELOPE]
    assert (result[[3, 5]] == 7.0).all()
    assert (np.delete(result, [3, 5], axis=0) != 7.0).all()
    assert scheme.counters["fallen_back"] == 2
    for option, words in (
        ({"fallback": "none"}, "fallback: "),
        ({"fallback_flags": 16}, "fallback_flags: "),
    ):
        with pytest.raises(BridgeError) as caught:
            Scheme(schemes / "tiny.pt", **option)  # type: ignore[arg-type]
        assert words in str(caught.value)


def test_the_envelope_can_be_a_box_of_quantiles(schemes: Path, columns: np.ndarray) -> None:
    table = Scheme(schemes / "tiny.pt").manifest["envelope"]["inputs"]
    quantiles = dict(zip(table["quantile_levels"], np.array(table["quantiles"]), strict=True))
    scheme = Scheme(schemes / "tiny.pt", envelope_quantile=0.01)
    rows = columns.astype(np.float32)
    low, high = quantiles[0.01].astype(np.float32), quantiles[0.99].astype(np.float32)
    expected = ((rows < low) | (rows > high)).any(axis=1)
    assert 0 < expected.sum() < len(rows)
    np.testing.assert_array_equal(scheme.predict(rows)[1] == FLAG_OUTSIDE_ENVELOPE, expected)
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", envelope_quantile=0.02)
    assert all(words in str(caught.value) for words in ("envelope_quantile: ", "0.001", "got 0.02"))
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "no_limits.pt", envelope_quantile=0.01)
    assert "envelope in the manifest" in str(caught.value)


def test_a_scheme_without_an_envelope_reports_that_its_guard_is_limited(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "no_limits.pt")
    assert "no training envelope" in repr(scheme) and "not finite" in repr(scheme)
    script = "import sys; from paramnet.bridge import Scheme; Scheme(sys.argv[1])"  # a process logs a limited number of lines
    log = subprocess.run([sys.executable, "-c", script, schemes / "no_limits.pt"], capture_output=True, text=True, check=True).stderr
    assert f"{schemes / 'no_limits.pt'}: no training envelope" in log
    assert not scheme.predict(1e3 * columns)[1].any()
    assert "no training envelope" not in repr(Scheme(schemes / "tiny.pt"))
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "no_limits.pt", distance_quantile=0.99)
    assert "envelope" in str(caught.value) and "in the manifest" in str(caught.value)


def test_a_column_far_from_training_is_flagged_although_each_value_is_ordinary(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt", distance_quantile=0.99)
    table = scheme.manifest["envelope"]["distance"]
    limit = dict(zip(table["quantile_levels"], table["quantiles"], strict=True))[0.99]
    flags = scheme.predict(columns)[1]
    measured = distance(table, columns.astype(np.float32))
    clear = np.abs(measured / limit - 1) > 1e-3
    np.testing.assert_array_equal((flags & FLAG_FAR_FROM_TRAINING != 0)[clear], (measured > limit)[clear])
    assert scheme.counters["far_from_training"] == np.count_nonzero(flags & FLAG_FAR_FROM_TRAINING) > 50
    mixed = np.random.default_rng(0).permuted(columns, axis=0)[:500]
    mixed[:, :20:2], mixed[:, 1:20:2] = columns[:, :20:2].max(axis=0), columns[:, 1:20:2].min(axis=0)
    strange = Scheme(schemes / "tiny.pt", distance_quantile=1.0).predict(mixed)[1]
    assert (strange == FLAG_FAR_FROM_TRAINING).all()
    assert not Scheme(schemes / "tiny.pt", distance_quantile=1.0, envelope_tolerance=1e3).predict(mixed)[1].any()


def test_a_ramp_blends_with_the_values_in_the_arrays(schemes: Path, columns: np.ndarray) -> None:
    rows, host = columns[:64], np.linspace(-1, 1, 64 * N_OUT).reshape(64, N_OUT)
    result = host.copy()
    scheme = loaded(schemes, rows, result)
    network = scheme.predict(rows)[0].astype(float)
    for fraction in (0.0, 0.25, 1.0):
        result[:] = host
        scheme.ramp(fraction)
        scheme.run(64)
        np.testing.assert_allclose(result, fraction * network + (1 - fraction) * host, rtol=1e-12, atol=1e-18)
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(BridgeError) as caught:
            scheme.ramp(wrong)
        assert str(caught.value).startswith("ramp: ") and "0 to 1" in str(caught.value)


def test_comparison_applies_nothing_and_accumulates_the_difference(schemes: Path, columns: np.ndarray) -> None:
    rows = columns[:300].copy()
    rows[9, 1] = np.inf
    host = np.random.default_rng(1).standard_normal((300, N_OUT)) * 1e-4
    result = host.copy()
    scheme = loaded(schemes, rows, result)
    network = scheme.predict(columns[:300])[0]
    scheme.compare()
    flags = scheme.run(100), scheme.run(200, first=100)
    assert np.flatnonzero(np.concatenate(flags)).tolist() == [9]
    np.testing.assert_array_equal(result, host)
    difference = np.delete(network[:, LEVELS : 2 * LEVELS] - host[:, LEVELS : 2 * LEVELS], 9, axis=0)
    found = scheme.comparison(MOISTENING)
    assert found["columns"] == 299
    np.testing.assert_allclose(found["bias"], difference.mean(0), rtol=1e-9)
    np.testing.assert_allclose(found["rms"], np.sqrt((difference**2).mean(0)), rtol=1e-9)
    np.testing.assert_allclose(found["largest"], np.abs(difference).max(0), rtol=1e-9)
    scheme.compare(False)
    scheme.run(300)
    assert (result != host).all(axis=1).all()
    scheme.compare()
    assert scheme.comparison(MOISTENING)["columns"] == 0


def layer_mass(scheme: Scheme, rows: np.ndarray) -> np.ndarray:
    grid = scheme.manifest["vertical_grid"]
    thickness = np.diff(grid["a_interface"]) + rows[:, 50:51] * np.diff(grid["b_interface"])
    return thickness / scheme.manifest["constants"]["gravity"]


def test_closures_close_each_columns_budget_and_report_the_correction(schemes: Path, columns: np.ndarray) -> None:
    rows, result = columns[:200], np.zeros((200, N_OUT))
    scheme = loaded(schemes, rows, result)
    before = scheme.predict(rows)[0].astype(float)
    scheme.add_fixer("column_water_closure", tendency=MOISTENING, sink=RAIN)
    scheme.add_fixer("column_enthalpy_closure", heating=HEATING, condensation=RAIN, humidity="specific_humidity")
    water, heat = np.zeros(200), np.zeros(200, np.float32)
    scheme.bind_output("correction_by_column_water_closure", "kg m-2 s-1", water)
    scheme.bind_output("correction_by_column_enthalpy_closure", "W m-2", heat)
    assert not scheme.run(200).any()
    mass, constants = layer_mass(scheme, rows), scheme.manifest["constants"]
    cp_dry = constants["specific_heat_of_dry_air"]
    cp = cp_dry + (constants["specific_heat_of_water_vapour"] - cp_dry) * rows[:, LEVELS : 2 * LEVELS]
    heating, moistening, rain = (result[:, index * LEVELS : (index + 1) * LEVELS] for index in range(3))
    released = (constants["latent_heat_of_vaporization"] * rain * mass).sum(1)
    turnover = ((np.abs(moistening) + np.abs(rain)) * mass).sum(1)
    assert (np.abs(((moistening + rain) * mass).sum(1)) < 1e-6 * turnover).all()
    assert (np.abs((cp * heating * mass).sum(1) - released) < 1e-6 * (np.abs(cp * heating) * mass).sum(1) + 1e-6 * np.abs(released)).all()
    np.testing.assert_allclose(water, ((moistening - before[:, LEVELS : 2 * LEVELS]) * mass).sum(1), rtol=1e-4, atol=1e-9 * turnover.max())
    np.testing.assert_allclose(heat, (cp * (heating - before[:, :LEVELS]) * mass).sum(1), rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(rain, before[:, 2 * LEVELS :])
    assert scheme.counters["column_water_closure"] == scheme.counters["column_enthalpy_closure"] == 200


def test_water_that_levels_lack_is_taken_from_others_and_reported(schemes: Path, columns: np.ndarray) -> None:
    rows, result = columns[:200], np.zeros((200, N_OUT))
    scheme = loaded(schemes, rows, result)
    before = scheme.predict(rows)[0].astype(float)[:, LEVELS : 2 * LEVELS]
    scheme.add_fixer("nonnegative_water", state="specific_humidity", tendency=MOISTENING)
    filled = np.zeros(200)
    scheme.bind_output("correction_by_nonnegative_water", "kg m-2 s-1", filled)
    scheme.run(200)
    interval, mass = scheme.manifest["contract"]["tendency_interval"], layer_mass(scheme, rows)
    water, moistening = np.maximum(rows[:, LEVELS : 2 * LEVELS], 0), result[:, LEVELS : 2 * LEVELS]
    lack = (np.maximum(-water / interval - before, 0) * mass).sum(1)
    held = ((water / interval + before) * mass).sum(1)
    assert (water + interval * moistening >= -1e-6 * water).all()
    np.testing.assert_allclose(filled, lack, rtol=1e-4, atol=1e-6 * lack.max())
    np.testing.assert_allclose(((moistening - before) * mass).sum(1), np.maximum(-held, 0), rtol=1e-4, atol=1e-6 * lack.max())
    assert scheme.counters["non_negative_water"] == np.count_nonzero(lack > 1e-9) > 0


WRONG_FIXERS = {
    "an unknown kind": ("energy", {}, "got 'energy'"),
    "a missing role": ("column_water_closure", {"tendency": MOISTENING}, "'sink'"),
    "an unknown role": ("column_water_closure", {"tendency": MOISTENING, "sink": RAIN, "snow": RAIN}, "'snow'"),
    "an unknown variable": ("column_water_closure", {"tendency": "dq", "sink": RAIN}, "'dq'"),
    "wrong units": ("column_water_closure", {"tendency": HEATING, "sink": RAIN}, "'kg kg-1 s-1'"),
}


@pytest.mark.parametrize("case", WRONG_FIXERS)
def test_an_invalid_fixer_is_refused(schemes: Path, case: str) -> None:
    kind, roles, words = WRONG_FIXERS[case]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt").add_fixer(kind, **roles)
    assert words in str(caught.value)


def test_chunks_that_were_enqueued_run_as_one_call(schemes: Path, columns: np.ndarray) -> None:
    scheme = Scheme(schemes / "tiny.pt", strict=False)
    expected = scheme.predict(columns[:160])[0]
    chunks, results, flags = [], [], []
    for first in range(0, 160, 16):
        chunks.append(scheme.share())
        results.append(np.full((16, N_OUT), -7.0))
        bind(chunks[-1], columns[first : first + 16].copy(), results[-1])
    for chunk in chunks:
        flags.append(chunk.enqueue(15))
    assert all((result == -7.0).all() for result in results)
    chunks[2] = scheme.share()  # a deleted handle removes its columns from the queue
    chunks[0].flush()
    assert scheme.counters["calls"] == 2
    assert scheme.counters["columns"] == 160 + 9 * 15
    for index, result in enumerate(results):
        done = slice(0, 0) if index == 2 else slice(0, 15)
        assert result[done].astype(np.float32).tobytes() == expected[16 * index : 16 * index + 15][done].tobytes()
        assert (result[15] == -7.0).all()
        assert index == 2 or not flags[index].any()
    scheme.flush()
    assert scheme.counters["columns"] == 160 + 9 * 15


def test_a_range_of_columns_leaves_the_others(schemes: Path, columns: np.ndarray) -> None:
    rows, result = columns[:100], np.full((100, N_OUT), -7.0)
    scheme = loaded(schemes, rows, result)
    expected = scheme.predict(rows)[0]
    assert scheme.run(30, first=50).shape == (30,)
    assert result[50:80].astype(np.float32).tobytes() == expected[50:80].tobytes()
    assert (result[:50] == -7.0).all() and (result[80:] == -7.0).all()
    for ncol, first, words in ((60, 50, "110 columns"), (1, -1, "got -1"), (-1, 0, "got -1")):
        with pytest.raises(BridgeError) as caught:
            scheme.run(ncol, first)
        assert words in str(caught.value)


def test_threads_run_ranges_of_one_scheme_in_parallel(schemes: Path, columns: np.ndarray) -> None:
    result = np.zeros((10_000, N_OUT), np.float32)
    scheme = loaded(schemes, columns[:10_000], result, threads=2)
    expected = scheme.predict(columns[:10_000])[0]
    with ThreadPoolExecutor(4) as pool:
        flags = list(pool.map(lambda first: scheme.run(100, first), range(0, 10_000, 100)))
    assert result.tobytes() == expected.tobytes() or np.allclose(result, expected, rtol=1e-4, atol=1e-9)
    assert not np.any(flags)
    assert scheme.counters["columns"] == 20_000


@pytest.mark.parametrize("backend", ["native", "torchscript"])
def test_a_binding_gets_its_turn_while_threads_run_without_pause(backend: str, schemes: Path, columns: np.ndarray) -> None:
    result = np.zeros((1000, N_OUT), np.float32)
    scheme = loaded(schemes, columns[:1000], result, backend=backend)
    ended, running, runs = Event(), Barrier(4), [0, 0, 0]

    def run_on(thread: int) -> None:
        scheme.run(1000)
        running.wait(60)
        while not ended.is_set():
            scheme.run(1000)
            runs[thread] += 1

    with ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(run_on, number) for number in range(3)]
        running.wait(60)
        began, bindings = time.monotonic(), 0
        while (bindings < 20 or not sum(runs)) and time.monotonic() - began < 60.0:
            bind(scheme, columns[:1000], result)
            bindings += 1
        took = time.monotonic() - began
        ended.set()
        for thread in threads:
            thread.result(60)
    assert took < 60.0  # it takes a fraction of a second; it never ended where readers went first


def test_shared_handles_have_arrays_of_their_own(schemes: Path, columns: np.ndarray) -> None:
    first, second = np.zeros((5, N_OUT)), np.zeros((5, N_OUT))
    scheme = loaded(schemes, columns[:5], first)
    other = scheme.share()
    with pytest.raises(BridgeError) as caught:
        other.run(5)
    assert caught.value.status == 5 and "air_temperature" in str(caught.value)
    bind(other, columns[5:10], second)
    del scheme  # the weights exist as long as a handle shares them
    other.run(5)
    assert not first.any() and second.any()
