"""Small SYNTHETIC archives in the schemas of the three sources: random numbers of plausible size, without physics."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, Variable
from paramnet.execution import ClusterConfig
from paramnet.preprocessing import PreprocessConfig, SplitConfig, SplitRule
from paramnet.sources import SourceConfig

# attributes as the real SPCAM files state them; VAP's lies
SPCAM_UNITS = {"TAP": "K", "QAP": "kg/kg", "VAP": "kg/kg", "TPHYSTND": "K/s", "PHQ": "kg/kg/s", "PS": "Pa", "PRECT": "m/s"}
FLUXES = ("SOLIN", "SHFLX", "LHFLX", "FSNT", "FSNS", "FLNT", "FLNS")
SPCAM_SIZES = {"TAP": (200, 300), "QAP": (1e-6, 1e-2), "VAP": (-20, 20), "TPHYSTND": (-1e-4, 1e-4), "PHQ": (-1e-8, 1e-8)}


def inside(variable: Variable, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Random values in the inner half of a variable's valid range."""
    low, high = variable.valid_range
    return generator.uniform(0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high, shape)


@pytest.fixture
def plasim_record(tmp_path: Path) -> Callable[..., Path]:
    """Writes a record of ``days``: 4 Gaussian latitudes x 3 longitudes; keyword ``edit`` changes the open dataset."""

    def write(name: str = "record_0001.nc", days: Any = None, edit: Callable | None = None, folder: str = "archive") -> Path:
        contract, days = Contract.from_yaml("plasim_convection"), np.arange(0, 40, 0.25) if days is None else np.asarray(days)
        generator = np.random.default_rng(len(days))
        (tmp_path / folder).mkdir(exist_ok=True)
        with netCDF4.Dataset(tmp_path / folder / name, "w") as dataset:
            dataset.title = "synthetic, for tests"
            constants = ("gravity", "gas_constant_of_dry_air", "specific_heat_of_dry_air", "latent_heat_of_vaporization")
            for constant in (*constants, "latent_heat_of_sublimation"):
                dataset.setncattr(constant, contract.constants[constant])
            dataset.setncatts({"time_step_seconds": 1800.0, "tendency_interval_seconds": 3600.0})
            dataset.setncattr("sigma_interface", np.array(contract.vertical_grid.b_interface))
            latitude = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(4)[0]))[::-1]
            for dim, values in (("time", days), ("lat", latitude), ("lon", [0.0, 120.0, 240.0]), ("lev", np.arange(10))):
                dataset.createDimension(dim, None if dim == "time" else len(values))
                dataset.createVariable(dim, "f8", (dim,))[:] = values
            dataset["time"].setncatts({"units": "days since 0001-01-01 00:00:00", "calendar": "proleptic_gregorian"})
            for variable in (*contract.inputs, *contract.outputs):
                dims = ("time", "lev", "lat", "lon") if variable.is_profile else ("time", "lat", "lon")
                shape = (len(days), 10, 4, 3) if variable.is_profile else (len(days), 4, 3)
                dataset.createVariable(variable.name, "f4", dims, chunksizes=shape)[:] = inside(variable, generator, shape)
                dataset[variable.name].units = variable.units
            if edit:
                edit(dataset)
        return tmp_path / folder / name

    return write


@pytest.fixture
def spcam_file(tmp_path: Path) -> Callable[..., dict[str, np.ndarray]]:
    """Writes a daily history of ``days``: 2 latitudes x 2 longitudes x 30 levels; returns its values, float32."""

    def write(name: str, days: Any, edit: Callable | None = None) -> dict[str, np.ndarray]:
        grid, generator = Contract.from_yaml("rasp2018").vertical_grid, np.random.default_rng(int(1e4 * days[0]))
        (tmp_path / "archive").mkdir(exist_ok=True)
        with netCDF4.Dataset(tmp_path / "archive" / name, "w", format="NETCDF3_CLASSIC") as dataset:
            dataset.title = "synthetic, for tests"
            sizes = {"time": None, "lev": 30, "ilev": 31, "lat": 2, "lon": 2}
            for dim, size in sizes.items():
                dataset.createDimension(dim, size)
            levels = {"hyam": grid.a_mid, "hybm": grid.b_mid, "hyai": grid.a_interface, "hybi": grid.b_interface}
            for own, values in levels.items():
                scaled = np.array(values) / (1e5 if own.startswith("hya") else 1.0)
                dataset.createVariable(own, "f8", ("lev" if own.endswith("m") else "ilev",))[:] = scaled
            dataset.createVariable("P0", "f8", ())[...] = 1e5
            for own, dim, values in (
                ("lat", "lat", [-35.0, 35.0]),
                ("lon", "lon", [0.0, 180.0]),
                ("gw", "lat", [1.0, 1.0]),
                ("time", "time", days),
            ):
                dataset.createVariable(own, "f8", (dim,))[:] = values
            result = {}
            for own in ("TAP", "QAP", "VAP", "TPHYSTND", "PHQ", "PS", "PRECT", *FLUXES):
                profile = own in SPCAM_SIZES
                low, high = SPCAM_SIZES.get(own, {"PS": (9e4, 1e5), "PRECT": (0, 1e-7)}.get(own, (0, 500)))
                shape = (len(days), 30, 2, 2) if profile else (len(days), 2, 2)
                result[own] = generator.uniform(low, high, shape).astype("f4")
                dims = ("time", "lev", "lat", "lon") if profile else ("time", "lat", "lon")
                dataset.createVariable(own, "f4", dims)[:] = result[own]
                dataset[own].units = SPCAM_UNITS.get(own, "W/m2")
            if edit:
                edit(dataset)
        return result

    return write


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., PreprocessConfig]:
    """A configuration on ``tmp_path/archive``, threads off, blocks of one megabyte; keywords replace fields."""

    def make(source: str | SourceConfig, **changes: Any) -> PreprocessConfig:
        rules = {"train": SplitRule(0.5), "validation": SplitRule(0.25), "test": SplitRule(0.25)}
        settings: dict[str, Any] = {
            "source": SourceConfig.from_yaml(source) if isinstance(source, str) else source,
            "input": str(tmp_path / "archive"),
            "store": str(tmp_path / "store"),
            "splits": SplitConfig(**rules, block_days=2.0, gap_days=0.5),
            "chunk_samples": 512,
            "block_megabytes": 1,
            "quality_page": False,
            "cluster": ClusterConfig("inline"),
        }
        return PreprocessConfig(**(settings | changes))

    return make
