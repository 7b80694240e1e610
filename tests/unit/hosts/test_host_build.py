from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from paramnet.contract import ParamnetError
from paramnet.files import locked
from paramnet.hosts.plasim.build import build_host, edit_source, is_for_another_environment
from paramnet.hosts.plasim.fetch import ARCHIVE_VARIABLE, fetch_plasim

RULES = [{"file": "rainmod.f90", "line": "subroutine kuo", "becomes": "subroutine kuo_scheme"}]


def sources(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "rainmod.f90").write_text(text)
    (folder / "other.f90").write_text("end\n")
    return folder


def test_an_edit_replaces_its_line_and_leaves_the_rest(tmp_path: Path) -> None:
    text = "! subroutine kuo is called\n      subroutine kuo\n      use rainmod\n"
    edit_source(RULES, sources(tmp_path / "in", text), tmp_path / "out")
    assert (tmp_path / "out" / "rainmod.f90").read_text() == text.replace("      subroutine kuo", "      subroutine kuo_scheme")
    assert (tmp_path / "out" / "other.f90").read_text() == "end\n"


def test_editing_again_touches_nothing(tmp_path: Path) -> None:
    folder = sources(tmp_path / "in", "subroutine kuo\n")
    edit_source(RULES, folder, tmp_path / "out")
    before = (tmp_path / "out" / "rainmod.f90").stat().st_mtime_ns
    edit_source(RULES, folder, tmp_path / "out")
    assert (tmp_path / "out" / "rainmod.f90").stat().st_mtime_ns == before


@pytest.mark.parametrize(("text", "times"), [("end\n", 0), ("subroutine kuo\nsubroutine kuo\n", 2)])
def test_an_edit_that_does_not_match_exactly_once_is_refused(tmp_path: Path, text: str, times: int) -> None:
    with pytest.raises(ParamnetError) as refused:
        edit_source(RULES, sources(tmp_path / "in", text), tmp_path / "out")
    assert "rainmod.f90" in refused.value.what and "'subroutine kuo'" in refused.value.what and refused.value.got == str(times)


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    archive = tmp_path / "exoplasim.tar.gz"
    archive.write_bytes(b"something else")
    monkeypatch.setenv(ARCHIVE_VARIABLE, str(archive))
    with pytest.raises(ParamnetError) as refused:
        fetch_plasim(repository / "fortran_bridge" / "hosts" / "plasim", tmp_path / "cache")
    assert refused.value.what == str(archive) and "fae502a9" in refused.value.expected and len(refused.value.got) == 64


def test_a_missing_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.setenv(ARCHIVE_VARIABLE, str(tmp_path / "nowhere.tar.gz"))
    with pytest.raises(ParamnetError) as refused:
        fetch_plasim(repository / "fortran_bridge" / "hosts" / "plasim", tmp_path / "cache")
    assert refused.value.what == ARCHIVE_VARIABLE and "exoplasim-3.4.2" in refused.value.expected
    assert str(tmp_path / "nowhere.tar.gz") in refused.value.got


def test_an_incomplete_download_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.delenv(ARCHIVE_VARIABLE, raising=False)
    downloads: list[Path] = []
    monkeypatch.setattr("paramnet.hosts.plasim.fetch._download", lambda pinned, cache: downloads.append(cache))
    (tmp_path / "exoplasim-3.4.2.tar.gz").write_bytes(b"half")
    with pytest.raises(FileNotFoundError):  # the patched download writes no file
        fetch_plasim(repository / "fortran_bridge" / "hosts" / "plasim", tmp_path)
    assert downloads == [tmp_path] and not (tmp_path / "exoplasim-3.4.2.tar.gz").exists()


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [
        ({}, False),
        ({"CMAKE_HOME_DIRECTORY": "/elsewhere/hosts/plasim"}, True),
        ({"CMAKE_CACHEFILE_DIR": "/elsewhere/build"}, True),
        ({"CMAKE_Fortran_COMPILER": "/opt/bin/gfortran-9"}, True),
        ({"paramnet_DIR": "/elsewhere/build/bridge/lib/cmake/paramnet"}, True),
        ({"paramnet_DIR": "paramnet_DIR-NOTFOUND"}, False),
    ],
)
def test_a_build_of_another_checkout_compiler_or_bridge_is_not_reused(tmp_path: Path, changed: dict[str, str], is_other: bool) -> None:
    tree, bridge = tmp_path / "tree", tmp_path / "bridge"
    tree.mkdir()
    entries = {
        "CMAKE_HOME_DIRECTORY": str(tmp_path / "adapter"),
        "CMAKE_CACHEFILE_DIR": str(tree),
        "CMAKE_Fortran_COMPILER": str(shutil.which("gfortran")),
        "paramnet_DIR": str(bridge / "lib/cmake/paramnet"),
    } | changed
    assert not is_for_another_environment(tree, tmp_path / "adapter", bridge)  # not configured yet
    (tree / "CMakeCache.txt").write_text("// of CMake\n" + "".join(f"{name}:PATH={value}\n" for name, value in entries.items()))
    assert is_for_another_environment(tree, tmp_path / "adapter", bridge) == is_other


def test_a_second_build_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with locked(tmp_path / ".lock", "build"):

            def second() -> None:
                with locked(tmp_path / ".lock", "build", wait=True):
                    order.append("second")

            waiting = pool.submit(second)
            time.sleep(0.2)
            order.append("first")
        waiting.result()
    assert order == ["first", "second"]


def test_missing_tools_are_named_with_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParamnetError) as refused:
        build_host(repository / "fortran_bridge" / "hosts" / "plasim", tmp_path / "build")
    assert refused.value.expected == "gfortran, cmake, ninja, pkg-config"
    assert all(words in refused.value.remedy for words in ("apt install", "conda", "module load"))


def test_ranks_are_a_power_of_two(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        build_host(repository / "fortran_bridge" / "hosts" / "plasim", tmp_path, ranks=3)
    assert (refused.value.what, refused.value.got) == ("ranks", "3")


def test_the_edit_rule_names_what_it_renames(repository: Path) -> None:
    rules = yaml.safe_load((repository / "fortran_bridge/hosts/plasim/edits.yaml").read_text())
    always = {rule["becomes"].split()[-1] for rule in rules if "_scheme" in rule["becomes"] and "when" not in rule}
    assert always == {"radstep_scheme", "kuo_scheme", "mkclouds_scheme", "outaccu_scheme", "epilog_scheme"}
    conditional = {rule["becomes"].split("(")[0].split()[-1] for rule in rules if "_scheme" in rule["becomes"] and "when" in rule}
    assert conditional == {"fc2sp_scheme", "uv2dv_scheme", "qtend_scheme", "mktend_scheme"}
