"""Complete imports: the scheme reproduces the network of the files, and missing configuration is reported."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import torch
from imported_networks import dense_weights, write_keras, write_text_network

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import load_program, load_scheme, read_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.importing import ImportConfig, import_scheme, read_network
from paramnet.importing.config import EnvelopeTables, NormalizationTables
from paramnet.importing.tables import Table
from paramnet.scheme.normalization.column_physics import RelativeHumidityOverLiquid
from paramnet.scheme.normalization.features import FeatureConfig

Configure = Callable[..., ImportConfig]
NET = dense_weights(7, 53, 24, 24, 30)
DT, DQ, RAIN = (
    "tendency_of_air_temperature_due_to_convection",
    "tendency_of_specific_humidity_due_to_convection",
    "convective_precipitation_production",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_text_network(tmp_path / "net", NET)
    np.savetxt(folder / "means.txt", np.linspace(0.2, 0.4, 53)[None], "%.9e", delimiter=",")
    return folder


@pytest.fixture
def scaled() -> NormalizationTables:
    """Means from the folder, one divisor, output scales by variable, one of them negative and one by level."""
    by_level = list(np.linspace(1.0, 2.0, 10))
    return NormalizationTables(Table(file="means.txt"), Table(constant=0.5), Table(values={DT: 1e3, DQ: by_level, RAIN: -10.0}))


def expected(x: np.ndarray) -> np.ndarray:
    z = (x - np.linspace(0.2, 0.4, 53)) / 0.5
    for kernel, bias in NET[:-1]:
        z = np.maximum(z @ kernel.astype(float) + bias, 0)
    return (z @ NET[-1][0].astype(float) + NET[-1][1]) / np.repeat([1e3, 1.0, -10.0], 10)


def test_an_imported_text_network_reproduces_its_files(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    scheme = import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled))
    x = np.random.default_rng(8).uniform(0, 1, (200, 53)).astype(np.float32)
    exact = expected(x.astype(float))
    exact[:, 10:20] /= np.linspace(1.0, 2.0, 10)
    program = load_program(scheme)
    assert program is not None
    for got in (load_scheme(scheme)[0](torch.from_numpy(x)).detach().numpy(), interpret(program, x)):
        assert np.all(np.abs(got - exact).max(axis=0) < 1e-5 * exact.std(axis=0))


def test_the_manifest_names_every_file_and_the_output_scales(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    config = import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, note="from the attic")
    manifest = read_manifest(import_scheme(config))
    files = manifest["provenance"]["files"]
    assert files["layer2_kernel.txt"] == sha256((folder / "layer2_kernel.txt").read_bytes()).hexdigest()
    assert set(files) == {f"layer{n}_{part}.txt" for n in (1, 2, 3) for part in ("kernel", "bias")} | {"means.txt"}
    assert manifest["provenance"]["widths"] == [53, 24, 24, 30] and manifest["provenance"]["note"] == "from the attic"
    assert f"{DT} by 1000" in manifest["contract"]["description"] and f"{DQ} by 1 to 2" in manifest["contract"]["description"]
    assert manifest["envelope"]["inputs"]["max"] == [1.0] * 53 and manifest["native"] == {"program": True}


def test_the_same_network_from_keras_and_from_text_is_the_same_scheme(
    folder: Path, scaled: NormalizationTables, import_config: Configure, tmp_path: Path
) -> None:
    file = write_keras(folder / "net.h5", ["a", "b", "c"], dict(zip("abc", NET, strict=True)), None)
    text = import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled)
    keras = import_config(source="keras", file=str(file), activation="relu", normalization=scaled, output=str(tmp_path / "keras.pt"))
    x = torch.rand(20, 53)
    torch.testing.assert_close(load_scheme(import_scheme(text))[0](x), load_scheme(import_scheme(keras))[0](x), rtol=1e-4, atol=1e-6)


def test_large_means_are_subtracted_exactly(folder: Path, import_config: Configure) -> None:
    # 98,271.01 is 98,271.0078125 in float32; a network that sees (x - mean) / 1 would be off by 0.002.
    means = np.full((1, 53), 98_271.01)
    np.savetxt(folder / "means.txt", means, "%.12e", delimiter=",")
    tables = NormalizationTables(Table(file="means.txt"), Table(constant=1.0), Table(constant=1.0))
    envelope = EnvelopeTables(Table(constant=98_270.0), Table(constant=98_272.0))
    found = read_manifest(
        import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=tables, envelope=envelope))
    )["provenance"]["agreement_with_files"]
    assert found["max"] < 5e-6


def test_an_output_that_never_varied_is_constant(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    for name in ("layer3_kernel.txt", "layer3_bias.txt"):
        numbers = np.loadtxt(folder / name, delimiter=",")
        numbers[4] *= 1e-12  # one row of the kernel, one number of the bias
        np.savetxt(folder / name, np.atleast_2d(numbers), "%.9e", delimiter=",")
    low, high = np.full((1, 30), -1.0), np.full((1, 30), 1.0)
    low[0, 4] = high[0, 4] = 0.25
    np.savetxt(folder / "low.txt", low, delimiter=",")
    np.savetxt(folder / "high.txt", high, delimiter=",")
    envelope = EnvelopeTables(Table(constant=0.0), Table(constant=1.0), Table(file="low.txt"), Table(file="high.txt"))
    config = import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, envelope=envelope)
    scheme = import_scheme(config)
    outputs = load_scheme(scheme)[0](torch.rand(30, 53))
    assert (outputs[:, 4] == 0.25).all() and (outputs[:, 3].std() > 0)
    assert read_manifest(scheme)["provenance"]["constant_outputs"] == 1


def test_an_output_that_varies_is_not_taken_for_a_constant(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    np.savetxt(folder / "zero.txt", np.zeros((1, 30)), delimiter=",")
    envelope = EnvelopeTables(Table(constant=0.0), Table(constant=1.0), Table(file="zero.txt"), Table(file="zero.txt"))
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, envelope=envelope))
    assert refused.value.what == f"envelope.output_min, output_max of {DT} level 0" and "one number" in refused.value.got


def test_a_network_too_imprecise_in_float32_is_not_written(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    config = import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, rms=1e-9)
    with pytest.raises(ParamnetError) as refused:
        import_scheme(config)
    assert refused.value.what.startswith("rms ") and refused.value.where == str(folder)
    assert "1e-09 standard deviations" in refused.value.expected and "300 columns" in refused.value.expected
    assert not Path(config.output).exists()


@pytest.mark.parametrize(
    ("keys", "what", "expected", "got"),
    [
        ({"source": "onnx", "file": "a"}, "source", "one of keras, cam_text, torchscript", "'onnx'"),
        ({"source": "keras"}, "file", "source=keras", "nothing"),
        ({"source": "cam_text", "folder": "a", "file": "b", "activation": "relu"}, "file", "none", "'b'"),
        ({"source": "cam_text", "folder": "a"}, "activation", "function between layers", "none"),
        ({"source": "keras", "file": "a", "activation": "softmax"}, "activation", "tanh", "'softmax'"),
        ({"source": "keras", "file": "a", "normalization": NormalizationTables()}, "normalization.input_subtract", "file, values", "none"),
        ({"source": "keras", "file": "a", "envelope": EnvelopeTables(Table(constant=0.0))}, "envelope.input_min, input_max", "both", "one"),
        ({"source": "keras", "file": "a", "samples": 3}, "samples, rms, max", "100 columns", "3, 3e-05, 0.0005"),
    ],
)
def test_missing_and_wrong_keys_are_named(import_config: Configure, keys: dict[str, Any], what: str, expected: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        import_config(**keys)
    assert (refused.value.what, refused.value.got) == (what, got) and expected in refused.value.expected


@pytest.mark.parametrize(
    ("table", "what", "expected", "got"),
    [
        (Table(values={"rain": 1.0}), "output_divide.values", DT, "rain"),
        (Table(values={DT: 1.0, DQ: [1.0, 2.0], RAIN: 1.0}), f"output_divide.values.{DQ}", "10 numbers", "2"),
        (Table(file="means.txt"), "output_divide", "30 numbers", "53"),
        (Table(constant=0.0), "normalization.output_divide", "other than 0", f"0 for {DT} level 0"),
    ],
)
def test_a_table_that_does_not_match_the_contract_is_named(
    folder: Path, import_config: Configure, table: Table, what: str, expected: str, got: str
) -> None:
    tables = NormalizationTables(Table(constant=0.0), Table(constant=1.0), table)
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=tables))
    assert refused.value.what == what and expected in refused.value.expected and refused.value.got.startswith(got)
    assert refused.value.where == (str(folder / table.file) if table.file else refused.value.where)


def test_a_table_has_one_source_of_numbers() -> None:
    with pytest.raises(ParamnetError) as refused:
        Table(file="a.txt", constant=1.0)
    assert (refused.value.expected, refused.value.got) == ("one of file, values, constant", "file and constant")


def test_swapped_ranges_are_refused(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    envelope = EnvelopeTables(Table(constant=1.0), Table(constant=0.0))
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, envelope=envelope))
    assert refused.value.what == "envelope.input_min, input_max of air_temperature level 0"
    assert (refused.value.expected, refused.value.got) == ("min <= max", "1.0 > 0.0")


def test_columns_of_another_width_are_refused(folder: Path, scaled: NormalizationTables, import_config: Configure, tmp_path: Path) -> None:
    np.save(tmp_path / "columns.npy", np.zeros((10, 54)))
    config = import_config(
        source="cam_text", folder=str(folder), activation="relu", normalization=scaled, columns=str(tmp_path / "columns.npy")
    )
    with pytest.raises(ParamnetError) as refused:
        import_scheme(config)
    assert (refused.value.what, refused.value.where) == ("columns", str(tmp_path / "columns.npy"))
    assert "(column, 53) as in contract plasim_convection" in refused.value.expected and refused.value.got == "(10, 54)"


def test_ranges_of_swapped_variables_are_refused(folder: Path, scaled: NormalizationTables, import_config: Configure) -> None:
    contract = Contract.from_yaml("plasim_convection")
    low = {v.name: v.valid_range[0] for v in contract.inputs}
    high = {v.name: v.valid_range[1] for v in contract.inputs}
    for table in (low, high):
        table["air_temperature"], table["specific_humidity"] = table["specific_humidity"], table["air_temperature"]
    envelope = EnvelopeTables(Table(values=low), Table(values=high))
    keys = {"source": "cam_text", "folder": str(folder), "activation": "relu", "contract": "plasim_convection", "envelope": envelope}
    with pytest.raises(ParamnetError) as refused:
        import_scheme(
            import_config(**keys, normalization=NormalizationTables(Table(constant=0.0), Table(constant=1.0), Table(constant=1.0)))
        )
    assert refused.value.what == "envelope.input_min, input_max of air_temperature"
    assert refused.value.expected.endswith("contract plasim_convection")


def test_means_of_swapped_variables_are_refused(folder: Path, import_config: Configure) -> None:
    contract = Contract.from_yaml("plasim_convection")
    means = {v.name: float(np.mean(v.valid_range)) for v in contract.inputs}
    stds = {v.name: (v.valid_range[1] - v.valid_range[0]) / 10 for v in contract.inputs}
    for table in (means, stds):
        table["air_temperature"], table["specific_humidity"] = table["specific_humidity"], table["air_temperature"]
    tables = NormalizationTables(Table(values=means), Table(values=stds), Table(constant=1.0))
    keys = {"source": "cam_text", "folder": str(folder), "activation": "relu", "contract": "plasim_convection"}
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(**keys, normalization=tables, envelope=EnvelopeTables()))
    assert refused.value.what == "normalization.input_subtract of air_temperature level 0"


def test_a_mean_outside_its_range_is_logged_as_a_warning(
    folder: Path, scaled: NormalizationTables, import_config: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    envelope = EnvelopeTables(Table(constant=2.0), Table(constant=3.0))
    import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu", normalization=scaled, envelope=envelope))
    assert any("outside input_min" in record.message for record in caplog.records)


def test_tables_are_read_from_netcdf_by_name(folder: Path, import_config: Configure, wide_contract: Path) -> None:
    contract = Contract.from_yaml(wide_contract)
    with netCDF4.Dataset(folder / "mean.nc", "w") as dataset:
        dataset.createDimension("lev", contract.n_levels)
        for variable in contract.inputs:
            dims = ("lev",) if variable.is_profile else ()
            dataset.createVariable({"air_temperature": "T"}.get(variable.name, variable.name), "f8", dims)[...] = 0.25
    tables = NormalizationTables(Table(file="mean.nc"), Table(constant=1.0), Table(constant=1.0))
    keys = {"source": "cam_text", "folder": str(folder), "activation": "relu", "normalization": tables}
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(**keys))
    assert refused.value.expected == "a variable 'air_temperature'"
    network = read_network(import_config(**keys, names={"air_temperature": "T"}))
    assert (network.tables["input_subtract"] == 0.25).all()


def test_alpha_of_elu_is_one_by_default_and_leaky_relu_needs_its_slope(folder: Path, import_config: Configure) -> None:
    keys = {"source": "cam_text", "folder": str(folder)}
    graph = read_network(import_config(**keys, activation="elu")).graph
    assert graph is not None and {layer.parameter for layer in graph.layers if layer.function == "elu"} == {1.0}
    with pytest.raises(ParamnetError) as refused:
        import_config(**keys, activation="leaky_relu")
    assert refused.value.what == "negative_slope"


def test_an_empty_file_of_a_long_number_costs_nothing(folder: Path, import_config: Configure) -> None:
    (folder / "layer99999999999_kernel.txt").touch()
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="cam_text", folder=str(folder), activation="relu"))
    assert refused.value.what == "layer4_kernel.txt"


def test_features_are_computed_before_the_network(tmp_path: Path, import_config: Configure) -> None:
    weights = dense_weights(8, 63, 24, 30)
    folder = write_text_network(tmp_path / "with_features", weights)
    feature = FeatureConfig("relative_humidity_over_liquid", {"temperature": "air_temperature", "humidity": "specific_humidity"})
    contract = Contract.from_yaml("plasim_convection")
    columns = np.empty((40, 53))
    for variable in contract.inputs:
        low, high = variable.valid_range
        part = contract.input_columns[variable.name]
        columns[:, part] = np.random.default_rng(1).uniform(0.7 * low + 0.3 * high, 0.4 * low + 0.6 * high, columns[:, part].shape)
    np.save(tmp_path / "columns.npy", columns)
    divide = np.concatenate([np.abs(columns).mean(axis=0), np.ones(10)])
    np.savetxt(folder / "divide.txt", divide[None], delimiter=",")
    tables = NormalizationTables(Table(constant=0.0), Table(file="divide.txt"), Table(constant=1.0))
    keys = {"source": "cam_text", "folder": str(folder), "activation": "relu", "features": [feature], "envelope": EnvelopeTables()}
    scheme = import_scheme(import_config(**keys, contract="plasim_convection", normalization=tables, columns=str(tmp_path / "columns.npy")))
    x = columns.astype(np.float32)
    humidity = RelativeHumidityOverLiquid(contract, "air_temperature", "specific_humidity")(torch.from_numpy(x).double()).numpy()
    (k1, b1), (k2, b2) = weights
    z = np.concatenate([x, humidity], axis=1) / divide
    got = load_scheme(scheme)[0](torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(got, np.maximum(z @ k1 + b1, 0) @ k2 + b2, rtol=1e-4, atol=1e-5)
