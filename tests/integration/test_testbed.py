"""`paramnet testbed lorenz96`, shortened: from the truth to the report; the Fortran program against torch, and over restarts."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.cli.config import composed
from paramnet.cli.testbed import run_testbed
from paramnet.contract import ParamnetError
from paramnet.noise import standard_normal
from paramnet.testbeds import Lorenz96
from paramnet.testbeds.host import HostRun, run_host
from paramnet.testbeds.torch_run import run_scheme

pytestmark = pytest.mark.slow

SYSTEM = Lorenz96()
RANDOM = np.random.default_rng(6)
X = 5.0 * RANDOM.standard_normal((3, 8))
ZERO = np.zeros((3, 8))
LENGTHS = ["units=60", "consecutive_units=5", "spin_up_units=3", "climate_units=40", "transfer_units=20", "starts=4", "forecast_units=3"]
STAGES = [
    "preprocess=[splits.block_days=20,splits.gap_days=1]",
    "train=[trainer.epochs=8,trainer.batch_size=256,model.hidden=[32]]",
    "noise_hours=[24]",
]


@pytest.fixture(scope="module")
def testbed(built_bridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of the command: a stochastic scheme with state."""
    folder = tmp_path_factory.mktemp("testbed")
    run_testbed(composed("testbed", [f"output={folder}/out", f"build={folder}/build", *LENGTHS, *STAGES]))
    return folder


def program(testbed: Path) -> Path:
    return testbed / "build" / "lorenz96"


def test_the_command_scores_every_row_and_a_second_call_repeats_nothing(testbed: Path) -> None:
    scores = json.loads((testbed / "out/scores/scores.json").read_text())
    rows = scores["rows"]
    assert list(rows) == ["none", "linear", "cubic", "cubic_ar1", "learned"]
    assert rows["none"]["climate"]["hellinger"] > rows["cubic"]["climate"]["hellinger"] > 0
    assert 0.7 < rows["cubic"]["r2"] < 0.95 and rows["learned"]["r2"] > rows["cubic"]["r2"] > rows["linear"]["r2"]
    assert scores["fortran_minus_torch"] < 1e-6
    assert 0.2 < scores["lyapunov_time"] < 1.0
    report = testbed / "out/scores/report.html"
    made = report.stat().st_mtime_ns
    assert "cubic with AR(1) noise" in report.read_text()
    run_testbed(composed("testbed", [f"output={testbed}/out", f"build={testbed}/build", *LENGTHS, *STAGES]))
    assert report.stat().st_mtime_ns == made


def test_records_of_other_settings_are_not_replaced(testbed: Path) -> None:
    config = composed("testbed", ["action=record", f"output={testbed}/out/record", f"build={testbed}/build", *LENGTHS, "seed=9"])
    with pytest.raises(ParamnetError) as error:
        run_testbed(config)
    assert error.value.what == "records" and "settings.seed: 1 → 9" in str(error.value.got)


def test_the_truth_of_fortran_is_that_of_torch(testbed: Path, tmp_path: Path) -> None:
    y = 0.1 * RANDOM.standard_normal((3, 8, 32))
    records = run_host(program(testbed), HostRun("truth", SYSTEM, 100, (X, ZERO, y)), tmp_path)
    x, small = torch.from_numpy(X), torch.from_numpy(y)
    for step in range(100):
        np.testing.assert_allclose(records[step, 0], x, rtol=1e-9, atol=1e-9)
        x, small, mean = SYSTEM.truth_step(x, small)
        np.testing.assert_allclose(records[step, 2], mean, rtol=1e-8, atol=1e-8)


def test_the_polynomial_has_autoregressive_noise_of_the_same_random_numbers(testbed: Path, tmp_path: Path) -> None:
    coefficients = [-0.7, -1.1, 0.0, 0.003]
    run = HostRun("polynomial", SYSTEM, 50, (X, ZERO), coefficients=coefficients, noise_std=1.8, noise_persistence=0.98, seed=3)
    records = run_host(program(testbed), run, tmp_path)
    x, noise = torch.from_numpy(X), np.zeros(24)
    for step in range(50):
        noise = 0.98 * noise + np.sqrt(1 - 0.98**2) * standard_normal(3, 0, step, np.arange(24), 1)[:, 0]
        subgrid = np.polynomial.polynomial.polyval(x.numpy(), coefficients) + 1.8 * noise.reshape(3, 8)
        np.testing.assert_allclose(records[step, 2], subgrid, rtol=1e-10)
        x = SYSTEM.resolved_step(x, torch.from_numpy(subgrid))


def test_the_scheme_in_fortran_is_that_in_torch_with_noise_and_state(testbed: Path, tmp_path: Path) -> None:
    scheme = testbed / "out/scheme.pt"
    fortran = run_host(program(testbed), HostRun("learned", SYSTEM, 100, (X, ZERO), scheme=scheme, seed=5), tmp_path)[:, 0]
    python = run_scheme(scheme, SYSTEM, (X, ZERO), 100, 5)
    assert np.abs(fortran - python).max() < 1e-6 * np.abs(python).max()
    other = run_scheme(scheme, SYSTEM, (X, ZERO), 100, 6)
    assert np.abs(python[-1] - other[-1]).max() > 1e-3


@pytest.mark.parametrize("mode", ["truth", "polynomial", "learned"])
def test_a_continued_run_has_the_same_bits(testbed: Path, tmp_path: Path, mode: str) -> None:
    initial = (X, ZERO, 0.1 * RANDOM.standard_normal((3, 8, 32))) if mode == "truth" else (X, ZERO)
    scheme = testbed / "out/scheme.pt" if mode == "learned" else None
    whole = HostRun(mode, SYSTEM, 60, initial, scheme=scheme, coefficients=[0.0, -1.0], noise_std=1.0, noise_persistence=0.9, seed=2)
    records = run_host(program(testbed), whole, tmp_path / "whole")
    first = run_host(program(testbed), replace(whole, steps=25, restart=tmp_path / "restart"), tmp_path / "first")
    second = run_host(program(testbed), replace(whole, steps=35, continue_from=tmp_path / "restart"), tmp_path / "second")
    assert np.concatenate([first, second]).tobytes() == records.tobytes()


def test_a_run_that_blows_up_ends_early_and_a_wrong_one_is_refused(testbed: Path, tmp_path: Path) -> None:
    run = HostRun("polynomial", SYSTEM, 4000, (X, ZERO), coefficients=[0.0, 0.0, 0.0, 0.1])
    assert len(run_host(program(testbed), run, tmp_path)) < 4000
    with pytest.raises(ParamnetError) as error:
        other = Lorenz96(time_ratio=4.0)
        run_host(program(testbed), HostRun("learned", other, 10, (X, ZERO), scheme=testbed / "out/scheme.pt"), tmp_path)
    assert "time_ratio" in str(error.value.got)
