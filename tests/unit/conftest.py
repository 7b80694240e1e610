"""A small training store with synthetic convection, for tests of training, resuming and export."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.store import ColumnStatistics, create_split, create_statistics


def synthetic_inputs(contract: Contract, samples: int, seed: int) -> NDArray[np.float32]:
    """Plausible columns for plasim_convection: lapse rate, humidity near the ground, small tendencies; (sample, n_in)."""
    random = np.random.default_rng(seed)
    sigma, columns = np.asarray(contract.vertical_grid.b_mid), contract.input_columns
    x = np.zeros((samples, contract.n_in))
    surface = random.uniform(250, 305, (samples, 1))
    x[:, columns["air_temperature"]] = surface * sigma**0.19 + random.normal(0, 2, (samples, 10))
    x[:, columns["specific_humidity"]] = 0.015 * sigma**3 * np.exp((surface - 300) / 15) * random.uniform(0.2, 1, (samples, 10))
    x[:, columns["tendency_of_air_temperature_so_far"]] = random.normal(0, 2e-5, (samples, 10))
    x[:, columns["tendency_of_specific_humidity_so_far"]] = random.normal(0, 2e-8, (samples, 10))
    x[:, columns["tendency_of_specific_humidity_due_to_advection"]] = random.normal(0, 2e-8, (samples, 10))
    x[:, columns["surface_air_pressure"]] = random.uniform(6e4, 1.03e5, (samples, 1))
    x[:, columns["surface_temperature"]] = surface + random.normal(0, 2, (samples, 1))
    x[:, columns["surface_specific_humidity"]] = 0.016 * np.exp((surface - 300) / 15)
    x[:, columns["air_temperature"].start] = 150 + np.random.default_rng(seed + 100).permutation(samples) * 0.005  # tells samples apart
    return x.astype(np.float32)


def synthetic_outputs(contract: Contract, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rain where moisture is supplied to a warm column, zero elsewhere; the top level never acts; (sample, n_out)."""
    columns, mass = contract.input_columns, np.diff(contract.vertical_grid.b_interface)
    supply = x[:, columns["tendency_of_specific_humidity_due_to_advection"]] @ mass
    active = (supply > 0) & (x[:, columns["surface_temperature"]][:, 0] > 280)
    shape = np.sin(np.pi * np.asarray(contract.vertical_grid.b_mid)) * (np.arange(10) > 0)
    rain = np.where(active, supply, 0.0)[:, None] * shape
    heating = rain * contract.constants["latent_heat_of_vaporization"] / contract.constants["specific_heat_of_dry_air"]
    return np.concatenate([heating, -rain, rain], axis=1).astype(np.float32)


def column_statistics(values: NDArray[np.float32]) -> ColumnStatistics:
    """Statistics of (sample, column), as preprocessing would store them."""
    wide = values.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    return ColumnStatistics(
        mean=np.clip(wide.mean(axis=0), low, high),
        std=np.where(low == high, 0.0, wide.std(axis=0)),
        min=low,
        max=high,
        constant=low == high,
        quantiles=np.quantile(wide, (0.001, 0.01, 0.5, 0.99, 0.999), axis=0),
    )


def write_synthetic_store(path: Path, contract: Contract, samples: dict[str, int], sequence: int = 1) -> Path:
    """A complete store of the contract at ``path``. In sequences of more than one step the outputs follow from the inputs of the step
    before, at the first step from those of its own."""
    import zarr

    root = zarr.create_group(path)
    for seed, (name, count) in enumerate(samples.items()):
        group = create_split(root, name, contract, count, 512, "lz4")
        x = synthetic_inputs(contract, count, seed)
        y = synthetic_outputs(contract, x).reshape(-1, sequence, contract.n_out)
        y = np.concatenate([y[:, :1], y[:, :-1]], axis=1).reshape(count, contract.n_out) if sequence > 1 else y[:, 0]
        group["inputs"][:], group["outputs"][:], group["area_weight"][:] = x, y, np.ones(count, np.float32)
        first = np.arange(count) // sequence * sequence
        group["time"][:] = first * 30 // count + (np.arange(count) - first) * contract.time_step / 86400.0
        if name == "train":
            create_statistics(root, {"inputs": column_statistics(x), "outputs": column_statistics(y)})
    root.attrs.update(
        paramnet_store_version=1, contract=contract.to_dict(), contract_digest=contract.digest, source="synthetic", provenance={},
        files=["made-up"], splits={}, time_units="days since 0001-01-01", calendar="noleap", complete=True,
        **({"sequence": sequence} if sequence > 1 else {}),
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def convection() -> Contract:
    """The contract of PlaSim's convection."""
    return Contract.from_yaml("plasim_convection")


@pytest.fixture(scope="session")
def convection_columns(convection: Contract) -> NDArray[np.float32]:
    """2,000 plausible input columns : (2000, 53)."""
    return synthetic_inputs(convection, 2000, seed=9)


@pytest.fixture(scope="session")
def convection_store(convection: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 6,000 training samples; read only."""
    return write_synthetic_store(tmp_path_factory.mktemp("store") / "store", convection, {"train": 6000, "validation": 1500, "test": 800})


@pytest.fixture(scope="session")
def sequence_store(convection: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 1,000 training sequences of eight steps, whose outputs need the inputs of the step before; read only."""
    path = tmp_path_factory.mktemp("sequences") / "store"
    return write_synthetic_store(path, convection, {"train": 8000, "validation": 1600, "test": 800}, sequence=8)


@pytest.fixture(scope="session")
def memory_run(sequence_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Configuration and result of training a network with four numbers of memory on ``sequence_store``."""
    from paramnet.scheme.networks import ModelConfig
    from paramnet.training import ScheduleConfig, TrainConfig, TrainerConfig, train

    model = ModelConfig("column_memory", hidden=[64, 64], memory=4, burn_in=2)
    schedule = ScheduleConfig("one_cycle")
    trainer = TrainerConfig(epochs=10, batch_size=256, learning_rate=1e-2, schedule=schedule, progress_bar=False, threads=1)
    config = TrainConfig(str(sequence_store), str(tmp_path_factory.mktemp("memory")), model=model, trainer=trainer)
    return config, train(config)


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[Contract], Path]:
    """Writes a tiny store of a contract shaped like plasim_convection."""
    return lambda contract: write_synthetic_store(tmp_path / "other_store", contract, {"train": 64, "validation": 64, "test": 64})
