"""CAM 3's own network: text files, Keras file and imported scheme are one, on real columns."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from numpy.typing import NDArray

from cam_columns import cam3_columns
from paramnet.cli.config import typed
from paramnet.contract import Contract
from paramnet.exporting import load_program, load_scheme, read_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.importing import ImportConfig, import_scheme, read_network
from paramnet.inspection import inspect

LEAST = 10_000


def configured(folder: Path, output: Path) -> ImportConfig:
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return typed(compose("import", ["network=cam3_keras", f"folder={folder}", f"output={output}", "samples=1000"]), ImportConfig)


@pytest.fixture(scope="module")
def config(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> ImportConfig:
    return configured(shared_data / "cam3_keras_net", tmp_path_factory.mktemp("cam3") / "scheme.pt")


@pytest.fixture(scope="module")
def scheme(config: ImportConfig) -> Path:
    return import_scheme(config)


@pytest.fixture(scope="module")
def columns(shared_data: Path) -> NDArray[np.float64]:
    columns = cam3_columns(shared_data)
    assert len(columns) >= LEAST and np.isfinite(columns).all()
    return columns


@pytest.fixture(scope="module")
def exact(config: ImportConfig, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return read_network(config).exact(columns)


def departure(got: NDArray, exact: NDArray[np.float64]) -> tuple[float, float]:
    """Worst output's rms and largest difference, in standard deviations of each output; constant outputs must be exact."""
    std = exact.std(axis=0)
    assert np.array_equal(got[:, std == 0], exact[:, std == 0].astype(got.dtype))
    difference = np.abs(got - exact)[:, std > 0] / std[std > 0]
    return float(np.sqrt(np.mean(difference**2, axis=0)).max()), float(difference.max())


def test_the_contract_has_the_columns_of_the_network() -> None:
    contract = Contract.from_yaml("cam3_keras")
    assert (contract.n_in, contract.n_out, contract.n_levels) == (93, 60, 30)
    assert contract.vertical_grid == Contract.from_yaml("rasp2018").vertical_grid
    assert [v.name for v in contract.inputs][3:] == ["surface_air_pressure", "toa_incoming_shortwave_flux", "surface_temperature"]


def test_text_and_keras_files_contain_the_same_network(
    config: ImportConfig, shared_data: Path, columns: NDArray[np.float64], exact: NDArray[np.float64]
) -> None:
    keras = dataclasses.replace(config, source="keras", folder="", file=str(shared_data / "cam3_keras_net/weights.h5"))
    rms, largest = departure(read_network(keras).exact(columns), exact)
    # Seven digits of text against float32: 2e-6 of a standard deviation, no more than a reordered sum.
    assert rms < 3e-6 and largest < 5e-5


def test_the_imported_scheme_reproduces_the_files(scheme: Path, columns: NDArray[np.float64], exact: NDArray[np.float64]) -> None:
    with torch.inference_mode():
        got = load_scheme(scheme)[0](torch.from_numpy(columns.astype(np.float32))).numpy()
    rms, largest = departure(got, exact)
    assert rms <= 4e-6 and largest <= 5e-5  # libtorch's sums in float32: 2.6e-6 with AVX-512, 3.2e-6 with AVX2


def test_the_native_program_reproduces_the_files(scheme: Path, columns: NDArray[np.float64], exact: NDArray[np.float64]) -> None:
    program = load_program(scheme)
    assert program is not None
    rms, largest = departure(interpret(program, columns, "float64"), exact)
    assert rms <= 1e-6 and largest <= 1e-5  # what rounding the parameters to float32 alone does
    rms, largest = departure(interpret(program, columns), exact)
    assert rms <= 5e-6 and largest <= 1e-4  # NumPy's own order of summation; the kernels are held to less


def test_the_envelope_is_that_of_the_networks_files(scheme: Path, shared_data: Path) -> None:
    envelope = read_manifest(scheme)["envelope"]
    for side, name in (("inputs", "inp"), ("outputs", "outp")):
        for end in ("min", "max"):
            assert envelope[side][end] == np.loadtxt(shared_data / f"cam3_keras_net/{name}_{end}s.txt", delimiter=",").tolist()


def test_moisture_never_changes_at_the_top_two_levels(scheme: Path, columns: NDArray[np.float64]) -> None:
    with torch.inference_mode():
        got = load_scheme(scheme)[0](torch.from_numpy(columns[:500].astype(np.float32))).numpy()
    assert not got[:, 30:32].any() and (got[:, 32:].std(axis=0) > 0).all()


def test_the_linear_response_at_the_mean_column_is_equal_to_central_differences(scheme: Path, shared_data: Path) -> None:
    """0.021 a day: by the program's derivatives, and by central differences of the TorchScript in float64."""
    found = inspect(scheme).to_plain()["linear response"]
    mean = np.loadtxt(shared_data / "cam3_keras_net/inp_means.txt", delimiter=",")
    step = np.repeat([1e-4, 1e-9], 30)
    moved = np.concatenate([mean + side * np.eye(60, 93) * step[:, None] for side in (1, -1)])
    with torch.inference_mode():
        up, down = load_scheme(scheme)[0].double()(torch.from_numpy(moved)).numpy().reshape(2, 60, 60)
    rates = np.linalg.eigvals(86400.0 * ((up - down) / (2 * step[:, None])).T).real
    assert found["base state"] == "what the network subtracts from its inputs"
    assert found["growth rate, day-1"] == pytest.approx(rates.max(), rel=1e-3) and rates.max() == pytest.approx(0.0214, abs=5e-4)
    assert found["fastest decay, day-1"] == pytest.approx(rates.min(), rel=1e-4)
