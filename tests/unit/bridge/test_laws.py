"""Physical laws: the training layers, the library's fixers and functions, and the PlaSim adapter give the same numbers."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import Scheme
from paramnet.contract import Contract
from paramnet.scheme.constraints import ConstraintConfig, LayerMass, build_constraint

HEATING, MOISTENING, RAIN = (
    "tendency_of_air_temperature_due_to_convection",
    "tendency_of_specific_humidity_due_to_convection",
    "convective_precipitation_production",
)
WATER = {"tendency": MOISTENING, "water": "specific_humidity"}
CLOSURES = {"tendency": MOISTENING, "sink": RAIN}, {"heating": HEATING, "condensation": RAIN, "humidity": "specific_humidity"}
LAYERS = {
    "non_negative_water": ConstraintConfig("non_negative_water", {**WATER, "heating": HEATING}),
    "column_water_closure": ConstraintConfig("column_water_closure", CLOSURES[0]),
    "column_enthalpy_closure": ConstraintConfig("column_enthalpy_closure", CLOSURES[1]),
}
FIXERS = {
    "non_negative_water": {"state": "specific_humidity", "tendency": MOISTENING, "heating": HEATING},
    "column_water_closure": CLOSURES[0],
    "column_enthalpy_closure": CLOSURES[1],
}
PROGRAM = """
program adapter
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use paramnet_laws, only: paramnet_non_negative_water
  use paramnet_plasim_limits
  implicit none
  integer, parameter :: columns = {columns}, levels = {levels}
  real(real64) :: fields(columns, levels, 6), thickness(levels), range(levels, 2), interval
  logical :: touched(columns, 3)
  integer :: unit
  open (newunit=unit, file="fields.bin", access="stream", form="unformatted")
  read (unit) interval, thickness, range, fields(:, :, :3)
  close (unit)
  touched = .false.
  ! 1 humidity, 2 moistening, 3 rain; 4 limited to the range, 5 filled from the column, 6 rain of the closed budget
  fields(:, :, 4) = fields(:, :, 2)
  call limit_tendencies(fields(:, :, 4), range(:, 1), range(:, 2), touched(:, 1))
  fields(:, :, 5) = fields(:, :, 2)
  if (paramnet_non_negative_water(size(fields, 1, int64), size(fields, 2, int64), interval, &
                                 spread(thickness, 1, columns), fields(:, :, 1), fields(:, :, 5)) /= 0) error stop
  fields(:, :, 6) = fields(:, :, 3)
  call keep_humidity_nonnegative(fields(:, :, 2), fields(:, :, 1), interval, 1.0e-10_real64, touched(:, 2))
  call close_water(fields(:, :, 2), fields(:, :, 6), fields(:, :, 1), thickness, interval, 1.0e-10_real64, touched(:, 3))
  open (newunit=unit, file="results.bin", access="stream", form="unformatted", status="replace")
  write (unit) fields, merge(1.0_real64, 0.0_real64, touched)
end program adapter
"""


def fixed(schemes: Path, rows: np.ndarray, kind: str, **roles: str) -> tuple[np.ndarray, np.ndarray, Contract]:
    """Outputs of tiny.pt (200, 30) without and with a fixer."""
    scheme = Scheme(schemes / "tiny.pt", strict=False)
    result = np.zeros((200, 30), dtype=np.float32)
    for bind, variables, array in ((scheme.bind_input, scheme.inputs, rows), (scheme.bind_output, scheme.outputs, result)):
        first = 0
        for variable in variables:
            bind(variable["name"], variable["units"], array[:, first : first + variable["levels"]])
            first += variable["levels"]
    before, _ = scheme.predict(rows)
    scheme.add_fixer(kind, **roles)
    scheme.run(200)
    return before, result, Contract.from_dict(scheme.manifest["contract"])


@pytest.fixture
def rows(columns: np.ndarray) -> np.ndarray:
    """Columns of which a third has too little water for the network's tendencies."""
    rows = columns[:200].astype(np.float32).astype(np.float64)
    rows[::3, 10:20] *= 2.0**-6
    return rows


@pytest.mark.parametrize("kind", LAYERS)
def test_a_fixer_is_the_layer_of_training(schemes: Path, rows: np.ndarray, kind: str) -> None:
    before, result, contract = fixed(schemes, rows, kind, **FIXERS[kind])
    layer = build_constraint(LAYERS[kind], contract)
    expected = layer(torch.from_numpy(rows.astype(np.float32)), torch.from_numpy(before)).numpy()
    assert (expected != before).any(axis=1).sum() > 50
    error, size = np.abs(result - expected).reshape(200, 3, 10), np.abs(before).reshape(200, 3, 10).max(axis=2)
    size[:, 0] = np.maximum(size[:, 0], 2500 * size[:, 1:].max(axis=1))  # K s-1 by condensation, Lv / cp = 2500 K
    assert (error <= 1e-6 * size[:, :, None]).all()  # float32, also of the layers' masses


def test_a_closure_with_a_state_takes_the_water_that_levels_hold(schemes: Path, rows: np.ndarray) -> None:
    roles = CLOSURES[0] | {"state": "specific_humidity", "so_far": "tendency_of_specific_humidity_so_far"}
    before, result, contract = fixed(schemes, rows, "column_water_closure", **roles)
    mass = LayerMass(contract).exact(torch.from_numpy(rows)).numpy()
    water = rows[:, 10:20] + contract.tendency_interval * rows[:, contract.input_columns[roles["so_far"]]]
    moistening, rain = by_vapour(water, *(before[:, first : first + 10].astype(np.float64) for first in (10, 20)), mass, contract)
    for got, expected in ((result[:, 10:20], moistening), (result[:, 20:], rain)):
        assert (np.abs(got - expected) <= 1e-6 * np.abs(before[:, 10:]).max(axis=1, keepdims=True)).all()


def by_vapour(
    humidity: np.ndarray, moistening: np.ndarray, rain: np.ndarray, mass: np.ndarray, contract: Contract
) -> tuple[np.ndarray, np.ndarray]:
    """Moistening and rain of a budget closed in proportion to the vapour that levels would hold."""
    vapour = np.maximum(humidity / contract.tendency_interval + moistening, 0)
    excess, store, falling = (((f * mass).sum(1, keepdims=True)) for f in (moistening + rain, vapour, rain))
    taken = np.minimum(excess, store)
    short = np.divide(excess - taken, falling, out=np.zeros_like(store), where=falling > 0)
    closed = moistening - vapour * np.divide(taken, store, out=np.zeros_like(store), where=store > 0)
    return closed, rain * np.maximum(0, 1 - short)


class Case:
    """Random columns (column, level) of one surface pressure: humidity, some of it negative, moistening and rain."""

    def __init__(self) -> None:
        random = np.random.default_rng(5)
        self.contract = Contract.from_yaml("plasim_convection")
        self.interval, levels = self.contract.tendency_interval, self.contract.n_levels
        self.inputs = torch.zeros((400, self.contract.n_in), dtype=torch.float64)
        self.inputs[:, self.contract.input_columns[self.contract.surface_pressure_name]] = 1e5
        self.mass = LayerMass(self.contract).exact(self.inputs).numpy()  # the layers' coefficients are float32
        active = random.uniform(0, 1, (400, 1)) ** 3
        self.humidity = random.uniform(-1e-4, 1e-2, (400, levels)) * np.linspace(0.01, 1.0, levels) * random.uniform(0, 1, (400, 1)) ** 3
        self.moistening = random.normal(0, 5e-7, (400, levels)) * active
        self.rain = random.exponential(2e-7, (400, levels)) * active * (active > 0.05)
        self.moistening[::20] = self.rain[::20] = 0.0

    def filled(self) -> np.ndarray:
        """Moistening after the layer of training, in float64."""
        x, y = self.inputs.clone(), torch.zeros((400, self.contract.n_out), dtype=torch.float64)
        x[:, self.contract.input_columns["specific_humidity"]] = torch.from_numpy(self.humidity)
        y[:, self.contract.output_columns[MOISTENING]] = torch.from_numpy(self.moistening)
        layer = build_constraint(ConstraintConfig("non_negative_water", WATER), self.contract)
        return layer(x, y)[:, self.contract.output_columns[MOISTENING]].numpy()

    def closed(self) -> tuple[np.ndarray, np.ndarray]:
        """Moistening and rain of the adapter: no level below zero, then the budget closed in proportion to the vapour left."""
        moistening = np.maximum(self.moistening, -np.maximum(self.humidity, 0) / self.interval)
        return by_vapour(self.humidity, moistening, self.rain, self.mass, self.contract)


@pytest.fixture(scope="module")
def case() -> Case:
    return Case()


def library_of(module: Path) -> Path:
    return module.parents[1] / "lib" / "libparamnet.so"


def same(got: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_a_function_of_the_library_is_the_layer_of_training(built_bridge: Path, case: Case) -> None:
    library = ctypes.CDLL(str(library_of(built_bridge)))
    library.paramnet_non_negative_water.argtypes = [ctypes.c_int64, ctypes.c_int64, ctypes.c_double, *[ctypes.c_void_p] * 3]
    mass, humidity, moistening = (np.asfortranarray(values).copy("F") for values in (case.mass, case.humidity, case.moistening))
    arrays = [values.ctypes.data for values in (mass, humidity, moistening)]
    assert library.paramnet_non_negative_water(*mass.shape, case.interval, *arrays) == 0
    same(moistening, case.filled())
    assert (np.abs(((moistening - case.moistening) * mass).sum(1)) < 1e-20).sum() > 100  # conserved, where there is enough
    assert library.paramnet_non_negative_water(*mass.shape, case.interval, arrays[0], None, arrays[2]) != 0


@pytest.fixture(scope="module")
def adapter(built_bridge: Path, repository: Path, case: Case, tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The six fields of PROGRAM, (column, level), and the columns it counted."""
    if shutil.which("gfortran") is None:
        pytest.skip("gfortran not found on PATH")
    folder, (columns, levels) = tmp_path_factory.mktemp("adapter"), case.humidity.shape
    (folder / "adapter.f90").write_text(PROGRAM.format(columns=columns, levels=levels))
    span = np.stack([np.full(levels, -4e-7), np.full(levels, 6e-7)])
    fields = np.stack([case.humidity, case.moistening, case.rain]).swapaxes(1, 2)
    np.concatenate([[case.interval], case.mass[0], span.ravel(), fields.ravel()]).tofile(folder / "fields.bin")
    sources = [repository / "fortran_bridge/library/fortran/paramnet_laws.f90"]
    sources += [repository / "fortran_bridge/hosts/plasim/paramnet_plasim_limits.f90", folder / "adapter.f90"]
    library = library_of(built_bridge)
    options = ["-O1", "-fcheck=all", "-Wno-array-temporaries", library, f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["gfortran", *map(str, [*sources, *options]), "-o", "adapter"], cwd=folder, check=True)
    subprocess.run(["./adapter"], cwd=folder, check=True)
    results = np.fromfile(folder / "results.bin")
    fields = results[: 6 * columns * levels].reshape(6, levels, columns).swapaxes(1, 2)
    return [*fields, results[6 * columns * levels :].reshape(3, columns) > 0]


def test_the_adapters_library_is_the_layer_of_training(adapter: list[np.ndarray], case: Case) -> None:
    same(adapter[4], case.filled())


def test_the_adapter_limits_fills_and_closes(adapter: list[np.ndarray], case: Case) -> None:
    same(adapter[3], np.clip(case.moistening, -4e-7, 6e-7))
    moistening, rain = case.closed()
    same(adapter[1], moistening)
    same(adapter[5], rain)
    least = -np.maximum(case.humidity, 0) / case.interval
    np.testing.assert_array_equal(adapter[6][0], (adapter[3] != case.moistening).any(axis=1))
    np.testing.assert_array_equal(adapter[6][1], (least - case.moistening > 1e-10).any(axis=1))
    assert adapter[6].sum(axis=1).min() > 50 and not adapter[6].all(axis=1).any()


def test_filling_from_the_column_and_closing_equals_filling_and_closing(adapter: list[np.ndarray], case: Case) -> None:
    """With its water closure, the adapter's run is that of the conserving law, but for the 1e-6 of water that the law keeps."""
    filled = case.filled()
    vapour = np.maximum(case.humidity / case.interval + filled, 0)
    excess, store, lost = (((f * case.mass).sum(1, keepdims=True)) for f in (filled + case.rain, vapour, np.maximum(-filled, 0)))
    enough = ((excess < 0.9 * store) & (store > lost))[:, 0] & (case.humidity >= 0).all(axis=1)  # water in the complete column
    assert enough.sum() > 100
    closed = (filled - vapour * np.divide(excess, store, out=np.zeros_like(store), where=store > 0))[enough]
    np.testing.assert_allclose(adapter[1][enough], closed, rtol=1e-4, atol=1e-5 * np.abs(closed).max())
