"""Inputs that a source adds to a contract, on synthetic SPCAM files."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import moist_static_energy, relative_humidity_over_liquid_and_ice
from paramnet.preprocessing import preprocess
from paramnet.sources import SourceConfig
from paramnet.sources.derive import Derivation
from paramnet.sources.grid.horizontal import Columns
from paramnet.sources.rules import SourceVariable
from paramnet.store import open_store

NAMES = ["relative_humidity", "moist_static_energy", "previous_tendency_of_air_temperature", "sine_of_latitude"]


def write_days(spcam_file: Callable) -> dict[str, np.ndarray]:
    def dry(dataset) -> None:
        dataset["QAP"][:], dataset["TAP"][:] = dataset["QAP"][:] * 1e-2, 255 + 0.1 * dataset["TAP"][:]  # plain random pairs would saturate

    parts = [spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=dry) for day in range(1, 10)]
    return {name: np.stack([part[name] for part in parts]).reshape(9, 8, *parts[0][name].shape[1:-2], -1) for name in parts[0]}


def test_humidity_energy_memory_and_position_are_those_of_the_sample(spcam_file: Callable, configure: Callable) -> None:
    values = write_days(spcam_file)
    source = SourceConfig.from_yaml("spcam")
    store = open_store(preprocess(configure(replace(source, derived_inputs=NAMES))))
    contract, train = store.contract, store.split("train")
    columns = contract.input_columns
    assert contract.name == "rasp2018_extended" and [v.name for v in contract.inputs[-4:]] == NAMES
    file, step, column, x = train.file_index[:], train.time_index[:], train.column_index[:], train.inputs[:].astype("f8")
    temperature, humidity = x[:, columns["air_temperature"]], x[:, columns["specific_humidity"]]
    surface_pressure = x[:, columns["surface_air_pressure"]][:, 0]
    pressure = contract.vertical_grid.pressure(surface_pressure)
    expected = relative_humidity_over_liquid_and_ice(contract, temperature, humidity, pressure)
    np.testing.assert_allclose(x[:, columns["relative_humidity"]], expected, rtol=1e-5)
    energy = moist_static_energy(contract, temperature, humidity, surface_pressure)
    np.testing.assert_allclose(x[:, columns["moist_static_energy"]], energy, rtol=1e-6)
    np.testing.assert_array_equal(x[:, columns["previous_tendency_of_air_temperature"]], values["TPHYSTND"][file, step - 1, :, column])
    np.testing.assert_allclose(x[:, columns["sine_of_latitude"]][:, 0], np.sin(np.radians(train.latitude[:])), atol=1e-6)


def test_state_before_diffusion_of_the_previous_step_and_heating_without_radiation(spcam_file: Callable, configure: Callable) -> None:
    def add(dataset) -> None:
        for name in ("QRL", "QRS", "DTV"):
            variable = dataset.createVariable(name, "f4", ("time", "lev", "lat", "lon"))
            variable.units, variable[:] = "K/s", dataset["TPHYSTND"][:] * {"QRL": 0.25, "QRS": -0.5, "DTV": 0.125}[name]

    for day in range(1, 10):
        spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=add)
    source = SourceConfig.from_yaml("spcam")
    memory = {"previous_air_temperature": source.variables["previous_air_temperature_without_diffusion"]}
    source = replace(source, variables=source.variables | memory, derived_inputs=["previous_air_temperature"])
    got = open_store(preprocess(configure(source, contract="rasp2018_norad")))
    plain = open_store(preprocess(configure("spcam", store=str(configure("spcam").store) + "2")))
    heating = got.contract.output_columns["tendency_of_air_temperature_without_radiation"]
    whole = plain.contract.output_columns["tendency_of_air_temperature"]
    np.testing.assert_allclose(got.split("test").outputs[:, heating], 1.25 * plain.split("test").outputs[:, whole], rtol=1e-6)
    assert got.split("test").inputs[:, got.contract.input_columns["previous_air_temperature"]].min() > 190


def test_an_unknown_derived_input_lists_the_known_ones() -> None:
    source = replace(SourceConfig.from_yaml("spcam"), derived_inputs=["buoyancy"])
    with pytest.raises(ParamnetError) as refused:
        source.extended(Contract.from_yaml("rasp2018"))
    assert (refused.value.what, refused.value.got) == ("derived_inputs", "'buoyancy'")
    assert "cosine_of_latitude" in refused.value.expected


def test_memory_reaches_two_steps_back_and_no_further() -> None:
    with pytest.raises(ParamnetError) as refused:
        SourceVariable(name="TAP", lag=3)
    assert refused.value.got == "lag 3" and "at most 2 steps" in refused.value.expected


def test_a_sum_of_integers_is_not_truncated_to_integers() -> None:
    contract = Contract.from_yaml("cf_example")
    rain = next(variable for variable in contract.outputs if variable.name == "convective_precipitation_rate")
    own, values = SourceVariable(name="rain", plus=["snow"]), np.array([[3, 5]], dtype=np.int16)
    columns = Columns(np.zeros(2), np.zeros(2), np.ones(2))
    derivation = Derivation(contract, {rain.name: own}, columns, lambda name: "mm day-1", False, lambda name, member, lag: values)
    np.testing.assert_allclose(derivation.one(rain, own), 2 * values / 86400e3, rtol=1e-6)
