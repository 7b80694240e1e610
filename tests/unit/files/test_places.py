"""Files of paramnet are found in a checkout and in a wheel, by one function."""

import re
import tomllib
from pathlib import Path

import pytest

from paramnet import DISTRIBUTION, __version__
from paramnet.bridge.build import BuildConfig
from paramnet.bridge.paths import how_to_get_the_bridge, prefix_folder, require_source
from paramnet.contract import ParamnetError
from paramnet.files import in_wheel, shipped

PARTS = ("fortran_bridge", "data", "bridge")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's folder as an installed wheel has it, with empty parts."""
    for part in PARTS:
        (tmp_path / "paramnet" / "shipped" / part).mkdir(parents=True)
    monkeypatch.setattr("paramnet.files.places.PACKAGE", tmp_path / "paramnet")
    monkeypatch.delenv("PARAMNET_BRIDGE_DIR", raising=False)
    return tmp_path / "paramnet"


def test_in_a_checkout_the_parts_are_at_its_root(repository: Path) -> None:
    assert not in_wheel()
    assert [shipped(part) for part in PARTS] == [repository / "fortran_bridge", repository / "data", repository / "build" / "bridge"]
    assert require_source("host") == repository / "fortran_bridge"


def test_in_a_wheel_the_parts_are_in_the_package(package: Path) -> None:
    assert in_wheel()
    assert [shipped(part) for part in PARTS] == [package / "shipped" / part for part in PARTS]
    assert prefix_folder("") == package / "shipped" / "bridge"
    assert DISTRIBUTION in how_to_get_the_bridge() and "make" not in how_to_get_the_bridge()


def test_sources_and_folders_that_are_missing_are_named(package: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        require_source("host")
    assert (refused.value.what, refused.value.where) == ("host", str(package / "shipped" / "fortran_bridge"))
    with pytest.raises(ParamnetError) as refused:
        prefix_folder("lib/pkgconfig")
    assert (refused.value.got, refused.value.where) == ("no folder lib/pkgconfig", str(package / "shipped" / "bridge"))


def test_a_build_does_not_replace_the_bridge_of_the_wheel(package: Path, tmp_path: Path) -> None:
    (package / "shipped" / "fortran_bridge" / "CMakeLists.txt").touch()
    with pytest.raises(ParamnetError) as refused:
        BuildConfig()
    assert (refused.value.what, refused.value.where) == ("--prefix", str(package / "shipped" / "bridge"))
    assert BuildConfig(prefix=tmp_path / "mine").source == package / "shipped" / "fortran_bridge"


def test_only_one_module_looks_for_files_outside_the_package(repository: Path) -> None:
    source = repository / "src" / "paramnet"
    found = {str(path.relative_to(source)) for path in source.rglob("*.py") if "__file__" in path.read_text()}
    # The others are about the package itself: its hash, its place for `paramnet doctor`.
    assert found == {"files/places.py", "files/fingerprint.py", "cli/doctor.py"}


def test_the_name_and_version_of_the_distribution_are_the_same_everywhere(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == (DISTRIBUTION, __version__)
    assert f"project(paramnet VERSION {__version__} " in (repository / "fortran_bridge" / "CMakeLists.txt").read_text()
    assert f"\nversion: {__version__}\n" in (repository / "CITATION.cff").read_text()
    texts = [repository / "README.md", *(path for folder in ("docs", "conf", "src", "fortran_bridge") for path in
             (repository / folder).rglob("*") if path.suffix in {".md", ".yaml", ".py"})]  # fmt: skip
    wrong = re.compile(rf"pip install [^\n`]*\bparamnet\b(?!{DISTRIBUTION.removeprefix('paramnet')})")  # another package on PyPI
    assert [str(path) for path in texts if path.is_file() and wrong.search(path.read_text(encoding="utf-8"))] == []


def test_what_cmake_installs_is_in_the_wheel_which_has_no_tests(repository: Path) -> None:
    """``paramnet bridge install`` installs from the sources in the wheel."""
    bridge = repository / "fortran_bridge"
    texts = [path.read_text() for pattern in ("CMakeLists.txt", "*.cmake") for path in bridge.rglob(pattern)]
    installed = [words for text in texts for words in re.findall(r"install\((?:FILES|DIRECTORY) ([^)]+)\)", text)]
    assert len(installed) > 8
    assert [words for words in installed if re.search(r"(^|[\s/])tests/", words)] == []
