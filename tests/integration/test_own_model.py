"""A generated adapter in its own program: built by CMake and by make, recorded, trained, and run with the scheme."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.bridge.adapter import HostAdapterConfig, write_adapter
from paramnet.bridge.paths import installed_prefix
from paramnet.cli.main import main

pytestmark = pytest.mark.long

STEPS, COLUMNS, LEVELS = 96, 48, 8
OUTPUTS = ("tendency_of_air_temperature_due_to_convection", "convective_precipitation_rate")
NAMELIST = "mymodel_paramnet.nml"


def run(*command: object, folder: Path, fails: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode != 0) == fails, done.stdout[-2000:] + done.stderr[-2000:]
    return done


def built(folder: Path, **options: Any) -> Path:
    """The program of an adapter for the contract cf_example, built by make."""
    write_adapter(HostAdapterConfig("mymodel", "cf_example", folder, **options))
    packages = installed_prefix().resolve() / "lib/pkgconfig"
    flags = "-O1 -g -fcheck=all -std=f2018 -Wall -Wextra -Wno-maybe-uninitialized -Werror"
    run("env", f"PKG_CONFIG_PATH={packages}", "make", "-f", "paramnet.mk", f"FFLAGS={flags}", "drive_mymodel", folder=folder)
    return folder / "drive_mymodel"


@pytest.fixture(scope="module")
def program(built_bridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter as it comes."""
    if not (installed_prefix() / "lib/libparamnet_record.so").is_file():
        pytest.skip("the bridge has no recorder; run `make bridge` where netCDF-C is")
    return built(tmp_path_factory.mktemp("adapter"))


@pytest.fixture(scope="module")
def other_program(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter for another model: a grid, levels from the bottom up, single precision, a scheme that changes the state."""
    options = {"arrays": "longitude_latitude_level", "levels": "bottom_first", "real_kind": 4, "changes": "in_place"}
    return built(tmp_path_factory.mktemp("other"), **options)


def set_mode(program: Path, mode: str, **values: object) -> Path:
    """A namelist beside the shipped one, with another mode and other values."""
    text = program.with_name(NAMELIST).read_text()
    for name, value in ({"mode": mode} | values).items():
        new = f"'{value}'" if isinstance(value, str) else value
        text, replaced = re.subn(rf"^  {name} = .*$", f"  {name} = {new}", text, flags=re.MULTILINE)
        assert replaced == 1
    path = program.with_name(f"{mode}.nml")
    path.write_text(text)
    return path


def statistics(text: str) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each output, as the program prints them."""
    rows = [line.split() for line in text.splitlines() if line.startswith(OUTPUTS)]
    return {name: (float(mean), float(deviation)) for name, mean, deviation in rows}


def recorded(program: Path) -> Path:
    folder = program.with_name("recorded")
    if not folder.exists():
        folder.mkdir()
        run(program, set_mode(program, "record"), STEPS, folder=program.parent)
    return folder


def values_of(folder: Path, name: str) -> np.ndarray:
    parts = []
    for path in sorted(folder.glob("*.nc")):
        with netCDF4.Dataset(path) as dataset:
            parts.append(np.asarray(dataset[name][:]))
    return np.concatenate(parts)


def test_the_program_runs_as_it_comes_and_off_means_neither_scheme(program: Path) -> None:
    teacher = statistics(run(program, folder=program.parent).stdout)
    assert set(teacher) == set(OUTPUTS) and all(deviation > 0 for _, deviation in teacher.values())
    assert teacher["convective_precipitation_rate"][0] == pytest.approx(5e-6, rel=0.05)
    off = statistics(run(program, set_mode(program, "off"), 2, folder=program.parent).stdout)
    assert off == dict.fromkeys(OUTPUTS, (0.0, 0.0))


def test_cmake_builds_the_same_program(program: Path, tmp_path: Path) -> None:
    write_adapter(HostAdapterConfig("mymodel", "cf_example", tmp_path))
    prefix = installed_prefix().resolve()
    run("cmake", "-S", ".", "-B", "build", f"-Dparamnet_DIR={prefix / 'lib/cmake/paramnet'}", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    assert run("build/drive_mymodel", folder=tmp_path).stdout == run(program, folder=program.parent).stdout


def test_two_layouts_of_one_model_record_the_same_values(program: Path, other_program: Path) -> None:
    one, two = recorded(program), recorded(other_program)
    assert len(list(one.glob("*.nc"))) == 4
    for name in ("air_temperature", "specific_humidity", "surface_air_pressure", *OUTPUTS):
        first, second = values_of(one, name), values_of(two, name)
        assert first.shape == second.shape == ((STEPS, LEVELS, COLUMNS) if first.ndim == 3 else (STEPS, COLUMNS))
        assert np.allclose(first, second, rtol=1e-5, atol=2e-7 if name == OUTPUTS[0] else 0), name
    warm = values_of(one, "air_temperature").mean(axis=(0, 2))
    assert (np.diff(warm) > 5).all()  # top first in the files, whatever the model's order


@pytest.mark.parametrize("which", ["program", "other_program"])
def test_from_the_contract_to_a_running_scheme(
    which: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: Path = request.getfixturevalue(which)
    folder = recorded(program)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
        assert main() == 0

    command("source", f"input={folder}", "output=mine", "name=mymodel")
    quick = ["cluster=inline", "quality_page=false", "splits.block_days=0.5", "splits.gap_days=0.05"]
    command("preprocess", "--config-dir", f"{tmp_path}/mine", "source=mymodel", f"input={folder}", "store=store", *quick)
    quick = ["trainer.epochs=12", "trainer.batch_size=64", "trainer.threads=1", "trainer.progress_bar=false", "model.hidden=[32]"]
    command("train", "store=store", "output=train", "model=mlp", "linear_baseline=false", *quick)
    command("export", "checkpoint=train/best.ckpt", "output=scheme.pt", "samples=200")
    said = run(program, set_mode(program, "learned", scheme_file=f"{tmp_path}/scheme.pt"), STEPS, folder=program.parent).stdout
    assert f"mymodel_paramnet: {STEPS * COLUMNS} columns, 0 without a result" in said
    learned, teacher = statistics(said), statistics(run(program, folder=program.parent).stdout)
    for name, (mean, deviation) in teacher.items():
        assert learned[name] == pytest.approx((mean, deviation), abs=0.3 * deviation)
    monkeypatch.undo()
    require_refusals(program, tmp_path / "scheme.pt")


def require_refusals(program: Path, scheme: Path) -> None:
    """What does not fit is a message, and the program's own end."""
    folder = program.parent
    (folder / "bad.nml").write_text(f"&mymodel_paramnet_nml mode='learned', scheme_file='{scheme}', colour='red' /\n")
    assert "bad.nml: " in run(program, "bad.nml", folder=folder, fails=True).stderr
    wrong = set_mode(program, "nonsense")
    assert "expected mode teacher, record, learned or off, got nonsense" in run(program, wrong, folder=folder, fails=True).stderr
    assert "append" in run(program, set_mode(program, "record"), folder=folder, fails=True).stderr


@pytest.mark.parametrize(
    ("statement", "mode", "said"),
    [
        ("adapter%constants%gravity = ", "record", "expected gravity"),
        ("adapter%model%longitude = ", "record", "expected model%latitude, longitude"),
        ("adapter%inputs%specific_humidity => ", "record", "specific_humidity: expected an array"),
        ("adapter%model%time_step = ", "record", "expected model%time_step"),
        ("call adapter%init(", "teacher", "expected mode"),
    ],
)
def test_what_the_model_leaves_out_is_named(statement: str, mode: str, said: str, program: Path, tmp_path: Path) -> None:
    for name in ("mymodel_paramnet.f90", "drive_mymodel.f90", "paramnet.mk", NAMELIST):
        (tmp_path / name).write_text(program.with_name(name).read_text())
    source = tmp_path / "drive_mymodel.f90"
    without, left_out = re.subn(rf"^ +{re.escape(statement)}.*\n", "", source.read_text(), flags=re.MULTILINE)
    assert left_out == 1
    source.write_text(without)
    run(
        "env",
        f"PKG_CONFIG_PATH={installed_prefix().resolve() / 'lib/pkgconfig'}",
        "make",
        "-f",
        "paramnet.mk",
        "drive_mymodel",
        folder=tmp_path,
    )
    (tmp_path / "recorded").mkdir()
    assert said in run("./drive_mymodel", set_mode(tmp_path / "drive_mymodel", mode), folder=tmp_path, fails=True).stderr
