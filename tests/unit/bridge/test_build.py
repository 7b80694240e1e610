"""Build the bridge and find the built module."""

import os
import subprocess
from pathlib import Path

import pytest

from paramnet.bridge.build import BuildConfig, build, cache_entries, fortran_compiler
from paramnet.bridge.loader import find_module, load_module
from paramnet.bridge.paths import default_build_folder
from paramnet.contract import ParamnetError


def test_a_missing_source_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        BuildConfig(source=tmp_path)
    assert (refused.value.got, refused.value.where) == ("no CMakeLists.txt", str(tmp_path)) and "wheel" in refused.value.remedy


@pytest.mark.parametrize(
    ("variable", "program"), [(None, "gfortran"), ("", "gfortran"), ("ifx", "ifx"), ("gfortran-13 -m64", "gfortran-13")]
)
def test_the_fortran_compiler_is_the_program_in_fc(variable: str | None, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FC", raising=False)
    if variable is not None:
        monkeypatch.setenv("FC", variable)
    assert fortran_compiler() == program


def test_entries_of_cmakes_cache_are_read(tmp_path: Path) -> None:
    assert cache_entries(tmp_path) == {}
    (tmp_path / "CMakeCache.txt").write_text(
        "# a comment\nCMAKE_Fortran_COMPILER:FILEPATH=/usr/bin/f95\nparamnet_DIR:PATH=/opt/a=b\n\nFLAG:BOOL=\n"
    )
    assert cache_entries(tmp_path) == {"CMAKE_Fortran_COMPILER": "/usr/bin/f95", "paramnet_DIR": "/opt/a=b", "FLAG": ""}


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParamnetError) as refused:
        build(BuildConfig())
    assert refused.value.expected.endswith("cmake") and "PATH" in refused.value.got and refused.value.remedy == "install cmake"


def test_a_failing_step_shows_the_command_and_its_output(built_bridge: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "CMakeLists.txt").write_text('cmake_minimum_required(VERSION 3.20)\nmessage(FATAL_ERROR "no such luck")\n')
    with pytest.raises(ParamnetError) as failed:
        build(BuildConfig(source=source, build_folder=tmp_path / "build", prefix=tmp_path / "prefix"))
    assert failed.value.what == "bridge, configuring" and f"cmake -S {source}" in failed.value.got
    assert failed.value.where == str(tmp_path / "build") and "no such luck" in failed.value.remedy
    assert capfd.readouterr().out == "bridge: configuring\n"


def test_a_cache_of_another_checkout_is_not_mixed_with_this_one(built_bridge: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    folder = tmp_path / "build"
    for name in ("first", "second"):
        source = tmp_path / name
        source.mkdir()
        (source / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.20)\nproject(empty LANGUAGES NONE)\n")
        build(BuildConfig(source=source, build_folder=folder, prefix=tmp_path / "prefix"))
    assert f"CMAKE_HOME_DIRECTORY:INTERNAL={tmp_path / 'second'}" in (folder / "CMakeCache.txt").read_text()
    assert "bridge: ready in" in capfd.readouterr().out


def test_a_bridge_that_is_not_built_says_how_to_build_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    with pytest.raises(ParamnetError) as refused:
        find_module()
    assert (refused.value.got, refused.value.where) == ("nothing", str(tmp_path / "python"))
    assert "make bridge" in refused.value.remedy and "PARAMNET_BRIDGE_DIR" in refused.value.remedy
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "_paramnet_bridge.cpython-27-other.so").touch()
    with pytest.raises(ParamnetError) as refused:
        find_module()
    assert refused.value.got == "only _paramnet_bridge.cpython-27-other.so"


def test_a_module_that_does_not_load_asks_for_a_new_build(built_bridge: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / built_bridge.name).write_bytes(b"no shared library")
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    with pytest.raises(ParamnetError) as refused:
        load_module.__wrapped__()
    assert refused.value.what == str(tmp_path / "python" / built_bridge.name) and "make bridge" in refused.value.remedy


def test_the_bridges_own_ctest_suite_passes(built_bridge: Path) -> None:
    """Without the climates of the cloud-resolving model: `make test-long`."""
    folder = default_build_folder()
    if not (folder / "CTestTestfile.cmake").is_file():
        pytest.skip(f"no CTest suite in {folder}; run `make bridge`")
    result = subprocess.run(
        ["ctest", "--test-dir", str(folder), "--output-on-failure", "-j", "2", "-LE", "^long$"],
        capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-4000:]
