"""A scheme gives the same bits from Python, C and Fortran, and every backend agrees within the rounding of float32.

Bounds are in standard deviations of each output against an evaluation in float64: rms 3e-6, largest 5e-5. For comparison,
another order of summation in CAM's 9 x 256 network changes its outputs by 1.5e-6 and 2e-5.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from numpy.typing import NDArray

from cam_columns import cam3_columns
from paramnet.bridge import Scheme
from paramnet.bridge.paths import default_build_folder
from paramnet.cli.config import typed
from paramnet.exporting import ExportConfig, export
from paramnet.importing import ImportConfig, import_scheme, read_network
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train
from paramnet.training.data import load_split

pytestmark = pytest.mark.slow

LEAST = 10_000  # columns
RMS, LARGEST = 3e-6, 5e-5
LIBTORCH_RMS = 4e-6  # its own order of sums in float32: 2.6e-6 with AVX-512, 3.2e-6 with AVX2
Array = NDArray[np.float64]
CASES = ("cam3", "climsim_mlp", "climsim_linear")
# backend, instruction set ("": the backend's choice), precision
BACKENDS = [
    ("native", "avx512", "float32"),
    ("native", "avx2", "float32"),
    ("native", "portable", "float32"),
    ("torchscript", "", "float32"),
    ("torchscript", "", "float64"),
    ("aoti", "", "float32"),
]
STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}


@dataclass(frozen=True)
class Case:
    """A scheme on real columns. ``columns`` : (column, n_in), exact in float32; ``exact`` : (column, n_out), float64."""

    scheme: Path
    columns: Array
    exact: Array

    def departure(self, got: Array) -> tuple[float, float]:
        """rms of the worst output and largest difference, in standard deviations; constant outputs must be exact."""
        std = self.exact.std(axis=0)
        assert np.array_equal(got[:, std == 0], self.exact[:, std == 0].astype(np.float32))
        difference = np.abs(got - self.exact)[:, std > 0] / std[std > 0]
        return float(np.sqrt(np.mean(difference**2, axis=0)).max()), float(difference.max())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parity")


@pytest.fixture(scope="module")
def cam3(shared_data: Path, folder: Path) -> Case:
    """CAM 3's network, imported; exact from its text files."""
    overrides = ["network=cam3_keras", f"folder={shared_data / 'cam3_keras_net'}", f"output={folder / 'cam3.pt'}", "samples=1000"]
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        config = typed(compose("import", overrides), ImportConfig)
    columns = cam3_columns(shared_data)
    return Case(import_scheme(config), columns, read_network(config).exact(columns))


@pytest.fixture(scope="module")
def climsim_store(shared_data: Path, folder: Path) -> Path:
    overrides = ["source=climsim", "splits=months", f"input={shared_data / 'climsim_low_res'}", f"store={folder / 'store'}"]
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return preprocess(typed(compose("preprocess", overrides), PreprocessConfig))


def trained(store: Path, folder: Path, name: str, model: ModelConfig, features: list[FeatureConfig], aoti: bool = False) -> Case:
    """A scheme trained for one epoch on the 60 real E3SM-MMF pairs; exact from its checkpoint in float64."""
    trainer = TrainerConfig(epochs=1, batch_size=512, threads=1, progress_bar=False)
    config = TrainConfig(store=str(store), output=str(folder / name), model=model, features=features, trainer=trainer)
    checkpoint = train(config).best_checkpoint
    scheme = export(ExportConfig(checkpoint=str(checkpoint), output=str(folder / f"{name}.pt"), samples=1000, aoti=aoti))
    columns = load_split(open_store(store).split("train"), 0, 12_000).inputs.double()
    with torch.inference_mode():
        exact = load_checkpoint(checkpoint).scheme.double()(columns)
    return Case(scheme, columns.numpy(), exact.numpy())


@pytest.fixture(scope="module")
def climsim_mlp(climsim_store: Path, folder: Path) -> Case:
    """Skip connections, gates, GELU, and relative humidity as a computed feature."""
    model = ModelConfig(hidden=[64, 64], activation="gelu", skip=True, gate="variable", input_limit=10.0)
    return trained(climsim_store, folder, "mlp", model, [FeatureConfig("relative_humidity_over_liquid", STATE)], aoti=True)


@pytest.fixture(scope="module")
def climsim_linear(climsim_store: Path, folder: Path) -> Case:
    return trained(climsim_store, folder, "linear", ModelConfig(kind="linear", ridge=1.0), [])


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, built_bridge: Path) -> Case:
    found: Case = request.getfixturevalue(request.param)
    assert len(found.columns) >= LEAST and np.array_equal(found.columns.astype(np.float32), found.columns)
    return found


@pytest.fixture(params=BACKENDS, ids=["-".join(filter(None, backend)) for backend in BACKENDS])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Backend and precision, with PARAMNET_ISA set; skipped if the processor lacks the instructions."""
    name, instructions, precision = request.param
    if name == "aoti" and request.getfixturevalue("case") is not request.getfixturevalue("climsim_mlp"):
        pytest.skip("compiling takes a minute: one scheme has a package")
    flags = Path("/proc/cpuinfo").read_text()
    needed = {"avx512": "avx512f", "avx2": "avx2"}.get(instructions, "")
    if needed not in flags:
        pytest.skip(f"this processor has no {needed}")
    if instructions:
        monkeypatch.setenv("PARAMNET_ISA", instructions)
    return name, precision


def through_python(case: Case, backend: tuple[str, str]) -> Array:
    scheme = Scheme(case.scheme, backend=backend[0], precision=backend[1], strict=False)
    result, flags = scheme.predict(case.columns)
    assert isinstance(result, np.ndarray) and not (flags & 3).any()
    return result.astype(np.float64)


def through(program: str, case: Case, folder: Path, backend: tuple[str, str], *more: str) -> Array:
    """Outputs of a compiled test program: parity_c or parity_any (Fortran)."""
    executable = default_build_folder() / "library" / "tests" / program
    if not executable.is_file():
        pytest.skip(f"{executable} is not built; run `make bridge`")
    columns, out = folder / "columns.bin", folder / "out.bin"
    case.columns.tofile(columns)
    command = [
        executable,
        columns,
        case.scheme,
        out,
        *([write_variables(case, folder)] if program == "parity_any" else []),
        *backend,
        *more,
    ]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=os.environ.copy(), check=False)
    assert done.returncode == 0, done.stderr
    single = program == "parity_c" and backend[1] == "float32"
    return np.fromfile(out, np.float32 if single else np.float64).reshape(len(case.columns), -1).astype(np.float64)


def write_variables(case: Case, folder: Path) -> Path:
    scheme = Scheme(case.scheme, strict=False)
    rows = [("input", row) for row in scheme.inputs] + [("output", row) for row in scheme.outputs]
    path = folder / "variables.txt"
    path.write_text("".join(f"{role} {row['name']} {row['levels']} |{row['units']}\n" for role, row in rows))
    return path


def test_every_backend_stays_within_the_rounding_of_float32(case: Case, backend: tuple[str, str]) -> None:
    rms, largest = case.departure(through_python(case, backend))
    assert rms <= (LIBTORCH_RMS if backend == ("torchscript", "float32") else RMS) and largest <= LARGEST, (rms, largest)


def test_python_c_and_fortran_get_the_same_bits(case: Case, backend: tuple[str, str], tmp_path: Path) -> None:
    expected = through_python(case, backend)
    for found in (
        through("parity_c", case, tmp_path, backend),
        through("parity_any", case, tmp_path, backend),
        through("parity_any", case, tmp_path, backend, "predict"),
    ):
        np.testing.assert_array_equal(found, expected)


def test_every_instruction_set_computes_the_same_scheme(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = Path("/proc/cpuinfo").read_text()
    have = [name for name, flag in (("avx512", "avx512f"), ("avx2", "avx2"), ("portable", "")) if flag in flags]
    results = []
    for name in have:
        monkeypatch.setenv("PARAMNET_ISA", name)
        results.append(through_python(case, ("native", "float32")))
    std = np.where(case.exact.std(axis=0) > 0, case.exact.std(axis=0), 1.0)
    for other in results[1:]:
        assert np.abs((other - results[0]) / std).max() <= LARGEST


def test_the_result_of_a_column_does_not_depend_on_other_columns(case: Case) -> None:
    scheme = Scheme(case.scheme, backend="native", strict=False)
    together, _ = scheme.predict(case.columns)
    chosen = np.random.default_rng(1).choice(len(case.columns), 40, replace=False)
    alone = np.concatenate([scheme.predict(case.columns[column : column + 1])[0] for column in chosen])
    np.testing.assert_array_equal(alone, together[chosen])
