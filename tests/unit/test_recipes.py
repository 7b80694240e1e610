"""Packaging recipes have the version, the build requirements and the dependencies of pyproject.toml."""

import re
import runpy
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

CONDA_NAMES = {"torch": "pytorch", "dask": "dask-core", "matplotlib": "matplotlib-base"}
# Distributions that an easyconfig of EasyBuild brings under another name: its name, its version, the distribution's version in it.
EASYBUILD_BUNDLES = {
    "dask": ("dask", "2025.9.1", "2025.9.1"),
    "distributed": ("dask", "2025.9.1", "2025.9.1"),
    "google-crc32c": ("zarr", "3.1.5", "1.7.1"),
    "hydra-core": ("Hydra", "1.3.7", "1.3.7"),
    "jinja2": ("Python-bundle-PyPI", "2025.07", "3.1.6"),
    "markupsafe": ("Python-bundle-PyPI", "2025.07", "3.0.2"),
    "netcdf4": ("netcdf4-python", "1.7.2", "1.7.2"),
    "numcodecs": ("zarr", "3.1.5", "0.16.5"),
    "numpy": ("SciPy-bundle", "2025.07", "2.3.2"),
    "omegaconf": ("Hydra", "1.3.7", "2.3.1"),
    "rich": ("Python-bundle-PyPI", "2025.07", "14.1.0"),
    "torch": ("PyTorch", "2.9.1", "2.9.1"),
}


@pytest.fixture(scope="module")
def recipes(repository: Path) -> Path:
    return repository / ".ci" / "packaging"


@pytest.fixture(scope="module")
def release(recipes: Path) -> dict[str, Any]:
    return runpy.run_path(str(recipes / "release.py"))


@pytest.fixture(scope="module")
def pyproject(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


def split(requirement: str) -> tuple[str, str]:
    """Name in small letters, and the versions: "torch>=2.8" gives ("torch", ">=2.8")."""
    match = re.fullmatch(r"([\w-]+) ?(.*)", requirement)
    assert match
    return match[1].lower(), match[2]


@pytest.fixture(scope="module")
def dependencies(pyproject: dict[str, Any]) -> dict[str, str]:
    return dict(split(requirement) for requirement in pyproject["project"]["dependencies"])


def spack_versions(versions: str) -> str:
    """The range of Spack: ">=2.8" is "2.8:", ">=1.3,<1.4" is "1.3", which means 1.3.*."""
    low, _, high = versions.removeprefix(">=").partition(",<")
    if not high:
        return f"{low}:"
    numbers = [int(part) for part in low.split(".")]
    assert high == ".".join(map(str, [*numbers[:-1], numbers[-1] + 1]))
    return low


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def fits(version: str, versions: str) -> bool:
    low, _, high = versions.removeprefix(">=").partition(",<")
    return numbers(version) >= numbers(low) and (not high or numbers(version) < numbers(high))


def test_every_recipe_has_the_version_and_one_hash(recipes: Path, release: dict[str, Any], pyproject: dict[str, Any]) -> None:
    version = pyproject["project"]["version"]
    assert {release["found"](name, pattern) for name, pattern in release["VERSIONS"]} == {version}
    assert f"-{version}-" in release["recipe"](release["EASYCONFIG"]).name
    (sha256,) = {release["found"](name, pattern) for name, pattern in release["HASHES"]}
    assert re.fullmatch("[0-9a-f]{64}", sha256)


def test_a_release_fills_every_recipe(recipes: Path, release: dict[str, Any], tmp_path: Path) -> None:
    folder = shutil.copytree(recipes, tmp_path / "packaging")
    release["fill"]("1.2.3", "a" * 64, folder)
    assert {release["found"](name, pattern, folder) for name, pattern in release["VERSIONS"]} == {"1.2.3"}
    assert {release["found"](name, pattern, folder) for name, pattern in release["HASHES"]} == {"a" * 64}
    assert [path.name for path in (folder / "easybuild").iterdir()] == ["paramnet-climate-1.2.3-foss-2025b.eb"]


def test_the_conda_recipe_requires_what_pyproject_requires(recipes: Path, pyproject: dict[str, Any], dependencies: dict[str, str]) -> None:
    requirements = yaml.safe_load((recipes / "conda-forge" / "recipe.yaml").read_text())["requirements"]
    expected = {CONDA_NAMES.get(name, name): versions for name, versions in dependencies.items()}
    assert dict(map(split, requirements["run"])) == {"python": "", **expected}
    build = dict(map(split, pyproject["build-system"]["requires"]))
    assert build.items() <= dict(map(split, requirements["host"])).items()


def test_the_spack_package_requires_what_pyproject_requires(recipes: Path, pyproject: dict[str, Any], dependencies: dict[str, str]) -> None:
    packages = recipes / "spack" / "spack_repo" / "paramnet" / "packages"
    text = (packages / "py_paramnet_climate" / "package.py").read_text()
    required = dict(re.findall(r'depends_on\("([^"@]+)@([^"]+)"', text))
    build = dict(map(split, pyproject["build-system"]["requires"]))
    expected = {f"py-{name}": spack_versions(versions) for name, versions in {**build, **dependencies}.items()}
    assert {name: versions for name, versions in required.items() if name.startswith("py-")} == expected
    assert required["python"] == spack_versions(pyproject["project"]["requires-python"])
    for name in ("scikit-build-core", "google-crc32c"):  # newer than Spack's own
        found = re.search(r'version\("([^"]+)"', (packages / f"py_{name.replace('-', '_')}" / "package.py").read_text())
        assert found and fits(found[1], {**build, **dependencies}[name])


def test_the_easyconfig_has_versions_that_pyproject_accepts(
    release: dict[str, Any], pyproject: dict[str, Any], dependencies: dict[str, str]
) -> None:
    constants = {"SYSTEM": {"name": "system", "version": "system"}}
    config = runpy.run_path(str(release["recipe"](release["EASYCONFIG"])), init_globals=constants)
    modules = {name: version for name, version, *_ in config["dependencies"] + config["builddependencies"]}
    brought = {name.lower(): version for name, version in modules.items()} | {name: version for name, version, _ in config["exts_list"]}
    for name, (module, version, inside) in EASYBUILD_BUNDLES.items():
        assert modules[module] == version, f"{module} is another version: look up {name} in its easyconfig"
        brought[name] = inside
    required = {
        **dependencies,
        **dict(map(split, pyproject["build-system"]["requires"])),
        "python": pyproject["project"]["requires-python"],
    }
    assert {name for name, versions in required.items() if name not in brought or not fits(brought[name], versions)} == set()
    assert config["name"] == pyproject["project"]["name"]


def debian_packages(text: str) -> set[str]:
    """What the one `apt-get install` of a container installs."""
    (names,) = re.findall(r"--no-install-recommends ([\w\s+\\-]+?)\n[ &]*rm -rf", text)
    return set(names.replace("\\", " ").split())


def test_both_containers_install_the_same(recipes: Path) -> None:
    dockerfile, definition = ((recipes / "containers" / name).read_text() for name in ("Dockerfile", "paramnet.def"))
    assert debian_packages(dockerfile) == debian_packages(definition) > {"libopenmpi-dev"}
    assert all("paramnet bridge install /opt/paramnet --torch ON" in text for text in (dockerfile, definition))
