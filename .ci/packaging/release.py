"""Write version and SHA-256 of the sdist into the recipes: `python .ci/packaging/release.py [SDIST]`.

Without an sdist, the version of pyproject.toml and a hash of zeros, which every package manager refuses.
"""

import hashlib
import re
import sys
import tarfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNRELEASED = "0" * 64
EASYCONFIG = "easybuild/paramnet-climate-*-foss-2025b.eb"
# File, pattern whose one group is the version.
VERSIONS = (
    ("conda-forge/recipe.yaml", r'^  version: "([^"]+)"$'),
    ("spack/spack_repo/paramnet/packages/py_paramnet_climate/package.py", r"paramnet_climate-([\d.]+)\.tar\.gz"),
    ("spack/spack_repo/paramnet/packages/py_paramnet_climate/package.py", r'version\("([^"]+)"'),
    (EASYCONFIG, r"^version = '([^']+)'$"),
    ("containers/Dockerfile", r"^ARG VERSION=(.+)$"),
    ("containers/paramnet.def", r"^    VERSION=(.+)$"),
)
HASHES = (
    ("conda-forge/recipe.yaml", r'^  sha256: "(\w+)"$'),
    ("spack/spack_repo/paramnet/packages/py_paramnet_climate/package.py", r'sha256="(\w+)"'),
    (EASYCONFIG, r"paramnet_climate-%\(version\)s\.tar\.gz',\n        'checksums': \['(\w+)'\]"),
)


def recipe(name: str, folder: Path = HERE) -> Path:
    """The one file of a name, which may be a pattern."""
    (path,) = folder.glob(name)
    return path


def found(name: str, pattern: str, folder: Path = HERE) -> str:
    """What the group of a pattern holds; the pattern must match once."""
    (value,) = re.findall(pattern, recipe(name, folder).read_text(encoding="utf-8"), re.MULTILINE)
    return str(value)


def fill(version: str, sha256: str, folder: Path = HERE) -> None:
    """Replace version and hash in every recipe; the easyconfig, which is named after the version, is renamed."""
    for places, value in ((VERSIONS, version), (HASHES, sha256)):
        for name, pattern in places:
            found(name, pattern, folder)
            path = recipe(name, folder)
            text = path.read_text(encoding="utf-8")
            begin, end = next(re.finditer(pattern, text, re.MULTILINE)).span(1)
            path.write_text(text[:begin] + value + text[end:], encoding="utf-8")
    path = recipe(EASYCONFIG, folder)
    path.rename(path.with_name(EASYCONFIG.rpartition("/")[2].replace("*", version)))


def main() -> None:
    """Command line."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, sha256 = project["version"], UNRELEASED
    if len(sys.argv) > 1:
        sdist, expected = Path(sys.argv[1]), f"{project['name'].replace('-', '_')}-{version}"
        with tarfile.open(sdist) as archive:
            folder = archive.getnames()[0].partition("/")[0]
        if folder != expected:
            sys.exit(f"{sdist}: expected the sdist of {expected}, got {folder}; build it from this checkout: python -m build --sdist")
        sha256 = hashlib.sha256(sdist.read_bytes()).hexdigest()
    fill(version, sha256)
    print(f"recipes: {project['name']} {version}, sha256 {sha256}")


if __name__ == "__main__":
    main()
