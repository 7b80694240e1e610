"""``paramnet bridge`` and ``paramnet example``."""

import sys
from pathlib import Path

import pytest

from paramnet.bridge.build import BuildConfig
from paramnet.cli import bridge, example
from paramnet.contract import ParamnetError
from paramnet.files import shipped


def call(command, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
    command.main("name")


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed bridge without libraries."""
    for part in ("lib/cmake/paramnet", "lib/pkgconfig", "share/paramnet/fortran", "ftorch"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "lib/pkgconfig/paramnet-fortran.pc").write_text("fortran_compiler=GNU 12.2.0\n")
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("option", "folder"),
    [
        ("--prefix", ""),
        ("--cmake-dir", "lib/cmake/paramnet"),
        ("--pkg-config-dir", "lib/pkgconfig"),
        ("--ftorch", "ftorch"),
        ("--fortran-sources", "share/paramnet/fortran"),
    ],
)
def test_folders_are_printed_alone_for_build_systems(
    option: str, folder: str, prefix: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(bridge, monkeypatch, option)
    assert capsys.readouterr().out == f"{prefix / folder}\n"


@pytest.mark.parametrize("arguments", [(), ("--prefix", "install", "p"), ("--prefix", "--cmake-dir"), ("install",), ("remove", "p")])
def test_anything_else_is_refused_with_the_usage(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as refused:
        call(bridge, monkeypatch, *arguments)
    assert refused.value.code == 2


def test_install_builds_without_tests_for_the_given_compiler_and_says_what_there_is(
    prefix: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built: list[BuildConfig] = []
    monkeypatch.setattr(bridge, "build", built.append)
    call(bridge, monkeypatch, "install", str(prefix), "--fc", "ifx", "--torch", "OFF", "--no-python", "--jobs", "3")
    (config,) = built
    assert (config.prefix, config.fortran_compiler, config.torch, config.jobs) == (prefix, "ifx", "OFF", 3)
    assert (config.tests, config.python, config.source) == (False, False, shipped("fortran_bridge"))
    assert not config.build_folder.exists()  # a temporary one
    printed = capsys.readouterr().out
    assert "GNU 12.2.0" in printed and f"PARAMNET_BRIDGE_DIR={prefix}" in printed and "libtorch plug-in: no" in printed
    (prefix / "lib/libparamnet_torch.so").touch()
    call(bridge, monkeypatch, "install", str(prefix), "--jobs", "1")
    assert "libtorch plug-in: yes" in capsys.readouterr().out


def test_examples_are_folders_or_written_by_their_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    call(example, monkeypatch, "sp_plasim")
    assert len(list(Path(capfd.readouterr().out.strip()).glob("*.nc"))) == 4
    with pytest.raises(SystemExit) as ended:
        call(example, monkeypatch, "cf_example", f"output={tmp_path}")
    assert (ended.value.code, capfd.readouterr().out) == (0, f"{tmp_path / 'cf_example.nc'}\n")
    with pytest.raises(SystemExit) as ended:
        call(example, monkeypatch, "cf_example")
    assert ended.value.code == 1


def test_every_folder_and_script_for_users_is_an_example(repository: Path) -> None:
    offered = {script or name for name, (script, _) in example._EXAMPLES.items()}
    assert {folder.name for folder in (repository / "data").iterdir() if (folder / "README.md").is_file()} <= offered
    assert all((repository / "data" / name).exists() for name in offered)


def test_data_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "shipped", lambda part: tmp_path / part)
    with pytest.raises(ParamnetError) as refused:
        call(example, monkeypatch, "spcam", "output=o")
    assert refused.value.where == str(tmp_path / "data" / "generate_spcam.py")
