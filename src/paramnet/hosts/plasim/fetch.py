"""Fetch PlaSim from its source distribution. It is GPL-2.0 and never part of this repository."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml

from paramnet.contract import ParamnetError
from paramnet.files import put_in_place, sha256_of, write_text

ARCHIVE_VARIABLE = "PARAMNET_PLASIM_ARCHIVE"
# Files needed for a build and a T21 run; other resolutions and the Python package are not unpacked.
WANTED = ("plasim/src/", "plasim/dat/T21/", "COPYING")

logger = logging.getLogger(__name__)


def fetch_plasim(adapter: Path, cache: Path) -> Path:
    """Return the folder of PlaSim's sources and boundary files; the first call downloads and unpacks them into ``cache``.

    adapter : fortran_bridge/hosts/plasim, whose source.yaml gives package, version and sha256.
    The folder contains ``plasim/src`` and ``plasim/dat/T21``. Without a network, set the environment variable
    PARAMNET_PLASIM_ARCHIVE to the archive. Raises ParamnetError if the archive is not the pinned one.
    """
    pinned = yaml.safe_load((adapter / "source.yaml").read_text())
    target = cache / pinned["archive"].removesuffix(".tar.gz")
    marker = target / "complete"
    if marker.is_file() and marker.read_text() == pinned["sha256"]:
        return target
    cache.mkdir(parents=True, exist_ok=True)
    archive = _archive(pinned, cache)
    _verify(archive, pinned["sha256"])
    _unpack(archive, pinned["folder"], target)
    write_text(marker, pinned["sha256"])
    return target


def _archive(pinned: dict[str, str], cache: Path) -> Path:
    given = os.environ.get(ARCHIVE_VARIABLE)
    if given:
        if not Path(given).is_file():
            raise ParamnetError(ARCHIVE_VARIABLE, expected=f"the path of {pinned['archive']}", got=f"no file {given}")
        return Path(given)
    archive = cache / pinned["archive"]
    if archive.is_file() and sha256_of(archive) != pinned["sha256"]:
        archive.unlink()  # left by an interrupted download
    if not archive.is_file():
        _download(pinned, cache)
    return archive


def _download(pinned: dict[str, str], cache: Path) -> None:
    requirement = f"{pinned['package']}=={pinned['version']}"
    logger.info("downloading %s's source distribution with pip (20 MB)", requirement)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-binary", pinned["package"], "--dest", str(cache), requirement]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or not (cache / pinned["archive"]).is_file():
        raise ParamnetError(
            pinned["archive"],
            expected="a download with pip",
            got=f"exit status {result.returncode} ({result.stderr[-2000:].strip()})",
            remedy=f"without a network, run 'pip download --no-deps --no-binary {pinned['package']} {requirement}' elsewhere "
            f"and set {ARCHIVE_VARIABLE} to the file",
        )


def _verify(archive: Path, expected: str) -> None:
    got = sha256_of(archive)
    if got != expected:
        raise ParamnetError(f"{archive}", expected=f"SHA-256 {expected}", got=got, remedy="delete the file and fetch it again")


def _unpack(archive: Path, folder: str, target: Path) -> None:
    """Unpack to a temporary folder and rename it, so that an interruption never leaves an incomplete target."""
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)  # Python 3.11.4; the hash is verified
        for member in tar.getmembers():
            name = member.name.removeprefix(folder + "/")
            if member.isfile() and name.startswith(WANTED):
                member.name = name
                tar.extract(member, partial)
    put_in_place(partial, target)
