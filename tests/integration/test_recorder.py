"""A small Fortran model, from arrays in memory to a running scheme, by module paramnet_record: no netCDF code, no YAML by hand."""

import re
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.bridge.paths import default_build_folder, installed_prefix
from paramnet.cli.main import main
from paramnet.store import open_store

DAYS, STEPS, COLUMNS, LEVELS = 4, 24, 48, 5
MOST_LINES = 40
HEATING = "tendency_of_air_temperature_due_to_convection"


@pytest.fixture(scope="module")
def toy_model(built_bridge: Path) -> Path:
    """The program fortran_bridge/recorder/examples/toy_model.f90."""
    program = default_build_folder() / "recorder" / "tests" / "toy_model"
    if not program.is_file():
        pytest.skip(f"no {program}; run `make bridge` where netCDF-C is")
    return program


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, timeout=120, **options)  # type: ignore[call-overload]


def record(program: Path, folder: Path, ranks: int = 1) -> Path:
    folder.mkdir()
    for rank in range(ranks):
        run(program, "record", folder, DAYS, rank, ranks)
    return folder


@pytest.fixture(scope="module")
def recorded(toy_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of one rank."""
    return record(toy_model, tmp_path_factory.mktemp("toy") / "recorded")


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
    assert main() == 0


def values_of(folder: Path, name: str, pattern: str = "*_r0000.nc") -> np.ndarray:
    parts = []
    for path in sorted(folder.glob(pattern)):
        with netCDF4.Dataset(path) as dataset:
            parts.append(np.asarray(dataset[name][:]))
    return np.concatenate(parts)


def test_the_files_have_the_tendencies_of_the_state_and_every_step_once(recorded: Path) -> None:
    assert np.allclose(values_of(recorded, "time"), np.arange(DAYS * STEPS) / STEPS)
    heating, humidity = values_of(recorded, HEATING), values_of(recorded, "specific_humidity")
    assert heating.shape == (DAYS * STEPS, LEVELS, COLUMNS)
    level = np.arange(1, LEVELS + 1)[None, :, None]
    temperature = values_of(recorded, "air_temperature").astype(np.float64)
    fall = np.maximum(humidity - 1e-3 * level**2, 0) / 21600  # as in the model, per second
    expected = 2.5e6 / 1004.5 * fall - (temperature - 210 - 18 * level) / 43200
    assert np.allclose(heating, expected, atol=1e-7)
    rain = (fall * 0.2).sum(axis=1) * values_of(recorded, "surface_air_pressure") / 9.81
    assert np.allclose(values_of(recorded, "convective_precipitation_flux"), rain, rtol=1e-3, atol=1e-8)


def store_of(monkeypatch: pytest.MonkeyPatch, recorded: Path, folder: Path) -> Path:
    command(monkeypatch, "source", f"input={recorded}", f"output={folder}/mine", "name=toy", "area=cos_latitude")
    monkeypatch.chdir(folder)
    words = ["source=toy", f"input={recorded}", f"store={folder}/store", "cluster=inline", "quality_page=false"]
    command(monkeypatch, "preprocess", "--config-dir", f"{folder}/mine", *words, "splits.block_days=0.5", "splits.gap_days=0.05")
    return folder / "store"


def test_ranks_of_half_the_columns_give_the_samples_of_one_rank(
    toy_model: Path, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = record(toy_model, tmp_path / "halves", ranks=2)
    stores = []
    for folder in (recorded, halves):
        (tmp_path / f"of_{folder.name}").mkdir()
        stores.append(open_store(store_of(monkeypatch, folder, tmp_path / f"of_{folder.name}")).split("train"))
    one, two = (np.concatenate([np.asarray(split.inputs), np.asarray(split.outputs)], axis=1) for split in stores)
    assert one.shape == two.shape and len(one) > 1000
    assert np.array_equal(one[np.lexsort(one.T)], two[np.lexsort(two.T)])


def test_a_model_goes_from_arrays_to_a_running_scheme(
    toy_model: Path, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(monkeypatch, recorded, tmp_path)
    quick = ["trainer.epochs=3", "trainer.batch_size=128", "trainer.threads=1", "trainer.progress_bar=false", "model.hidden=[32]"]
    command(monkeypatch, "train", f"store={store}", f"output={tmp_path}/train", "model=mlp", "linear_baseline=false", *quick)
    command(monkeypatch, "export", f"checkpoint={tmp_path}/train/best.ckpt", f"output={tmp_path}/scheme.pt", "samples=200")
    said = run(toy_model, "run", tmp_path / "scheme.pt", 2).stdout
    assert said.startswith("mean state:")
    state = np.array(said.split(":")[1].split(), dtype=float)
    assert np.isfinite(state).all() and (np.abs(state[:LEVELS] - 210 - 18 * np.arange(1, LEVELS + 1)) < 30).all()


def test_the_user_writes_at_most_forty_lines(repository: Path) -> None:
    text = (repository / "fortran_bridge" / "recorder" / "examples" / "toy_model.f90").read_text()
    marked = re.findall(r"! paramnet \{\n(.*?)! paramnet \}", text, re.DOTALL)
    lines = [line for part in marked for line in part.splitlines() if line.strip()] + re.findall(r".*! paramnet$", text, re.MULTILINE)
    assert 20 < len(lines) <= MOST_LINES
    assert "netcdf" not in text.lower()


FULL_DISK = """
import ctypes, resource, sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p

class Options(ctypes.Structure):
    _fields_ = [("struct_size", c_uint64), *((name, c_char_p) for name in ("scheme", "model", "time_units", "calendar")),
                ("time_step", c_double), ("tendency_interval", c_double), ("every_step", c_int64), ("every_column", c_int64),
                ("steps_per_file", c_int64), *((name, c_int32) for name in ("rank", "ranks", "append", "reserved"))]

class Array(ctypes.Structure):
    _fields_ = [("data", c_void_p), *((name, c_int64) for name in ("columns", "levels", "column_stride", "level_stride")),
                ("kind", c_int32), ("options", c_int32)]

library, folder, columns = ctypes.CDLL(sys.argv[1]), sys.argv[2].encode(), 1000
library.paramnet_record_last_error.restype = c_char_p
options, recorder, counts = Options(), c_void_p(), (c_int64 * 4)()
library.paramnet_record_options_init(byref(options))
options.scheme, options.time_step, options.steps_per_file = b"convection", 3600.0, 4
places, values = (c_double * columns)(), (c_double * columns)()
array = Array(ctypes.addressof(values), columns, 1, 1, 1, 8, 0)
assert library.paramnet_record_open(folder, byref(options), byref(recorder)) == 0
assert library.paramnet_record_columns(recorder, c_int64(columns), places, places, None) == 0
assert library.paramnet_record_bind(recorder, 2, b"humidity", b"1", None, byref(array)) == 0
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for step in range(8):
    room = 40_000 if step < 4 else hard  # a file needs 48,000 bytes and its header
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    library.paramnet_record_before(recorder, c_double(step / 24))
    status = library.paramnet_record_after(recorder)
    if status:
        print("failed", step, status, library.paramnet_record_last_error().decode())
assert library.paramnet_record_close(recorder, counts) == 0
print("counts", *counts)
"""


def test_a_full_disk_is_a_status_and_a_message_and_the_next_file_is_whole(toy_model: Path, tmp_path: Path) -> None:
    library = installed_prefix() / "lib" / "libparamnet_record.so"
    said = run(sys.executable, "-c", FULL_DISK, library, tmp_path).stdout.splitlines()
    failures = [line.split(maxsplit=3) for line in said[:-1]]
    assert failures and {int(status) for _, _, status, _ in failures} == {2} and all(int(step) < 4 for _, step, _, _ in failures)
    assert all(".nc" in message and "File too large" in message for *_, message in failures)
    written, skipped, lost, files = map(int, said[-1].split()[1:])
    assert (written, skipped, lost, files) == (4, 0, 4, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["convection_00000001_r0000.nc"]


def test_a_restart_adds_the_steps_that_the_files_lack(toy_model: Path, tmp_path: Path) -> None:
    run(toy_model.with_name("record_host"), tmp_path)  # steps 0 to 5, then 3 to 7, each heating the lowest level by its number
    assert np.array_equal(values_of(tmp_path, "time", "first_*"), np.arange(8) / 4)
    heating = values_of(tmp_path, "tendency_of_air_temperature_due_to_first", "first_*")
    assert np.allclose(heating[:, -1] * 43200, np.arange(8)[:, None], atol=1e-5) and not heating[:, :-1].any()
    top = values_of(tmp_path, "cloud_top", "first_*")
    assert np.array_equal(top[:, -1], np.arange(8)) and not top[:, :-1].any()
    ranges = [float(dataset["cloud_top"].actual_range[1]) for dataset in map(netCDF4.Dataset, sorted(tmp_path.glob("first_*")))]
    assert ranges == [3.0, 7.0]
    with netCDF4.Dataset(next(tmp_path.glob("thinned_00000001*"))) as thinned:  # every second hour, every third of eight columns
        assert thinned["time"][:].tolist() == [4, 6] and thinned["longitude"][:].tolist() == [0, 270, 180]
        assert thinned["latitude"][:].tolist() == [-30, -30, 30] and thinned["area"][:].tolist() == [1, 1, 2]
        assert np.allclose(thinned["a_interface"][:] + thinned["b_interface"][:], [10, 7.3, 4.6, 1])
    assert list(tmp_path.glob(".*")) == []


def test_a_second_run_in_the_folder_is_refused_and_leaves_its_files(toy_model: Path, recorded: Path) -> None:
    before = {path.name: path.read_bytes() for path in recorded.glob("*.nc")}
    said = run(toy_model, "record", recorded, DAYS).stderr
    assert said.count("paramnet: ") == 1 and "append" in said
    assert {path.name: path.read_bytes() for path in recorded.glob("*.nc")} == before
