"""The host's restart file: named arrays in Fortran unformatted records. Read, write, check and perturb it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from paramnet.contract import ParamnetError

# Spectral temperature at the two time levels of the leapfrog step, (level, coefficient): real and imaginary parts alternate.
TEMPERATURES = ("st", "stm")
# Spectral divergence, vorticity, temperature, humidity and surface pressure, at both time levels.
STATE = ("sd", "sdm", "sz", "szm", "sq", "sqm", "sp", "spm", *TEMPERATURES)
LAST_RECORD = "clwfla"  # in every configuration of the pinned version


def read_records(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents in file order. A file may be compressed by gzip. Raises ParamnetError for another or a damaged file."""
    with _open(path) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        while name := _record(file, size, path):
            content = _record(file, size, path)
            if len(name) != 16 or content is None or not (name.isascii() and name.decode("ascii").isprintable()):
                raise ParamnetError(
                    f"{path}",
                    expected="a restart file of the host, with a name of 16 ASCII characters before each array",
                    got="another or a damaged file",
                )
            yield name.decode("ascii").strip(), content


def require_complete(path: Path) -> None:
    """Read a restart file to its end. Raises ParamnetError if it is truncated or damaged.

    The host exits with status 0 even if the disk was full, so the last record in the file must be the one it writes last.
    """
    if not path.is_file():
        raise ParamnetError(f"{path}", expected="a restart file of the host", got="no file")
    last = ""
    for name, _ in read_records(path):
        last = name
    if last != LAST_RECORD:
        raise ParamnetError(
            f"{path}",
            expected=f"a restart file that ends with the record {LAST_RECORD!r}",
            got=f"one that ends with {last!r}",
            remedy="write it again: it was cut short, perhaps by a full disk",
        )


def not_finite(path: Path) -> str:
    """Name of the first array of the atmosphere's state that contains NaN or infinity; empty if all are finite."""
    for name, content in read_records(path):
        if name in STATE and len(content) % 8 == 0 and not np.isfinite(np.frombuffer(content, dtype=np.float64)).all():
            return name
    return ""


def steps_since_year_zero(path: Path) -> int:
    """The host's step counter when the file was written."""
    for name, content in read_records(path):
        if name == "nstep" and len(content) == 4:
            return int(np.frombuffer(content, dtype=np.int32)[0])
    raise ParamnetError(f"{path}", expected="a restart file with a record nstep", got="one without")


def write_records(path: Path, records: Iterator[tuple[str, bytes]]) -> None:
    """The inverse of ``read_records``."""
    with path.open("wb") as file:
        for name, content in records:
            for part in (name.ljust(16).encode("ascii"), content):
                mark = np.int32(len(part)).tobytes()
                file.write(mark + part + mark)


def perturb(source: Path, target: Path, seed: int, amplitude: float) -> None:
    """Copy a restart file and multiply its temperature, except the global means, by noise: each coefficient by 1 + amplitude · N(0, 1).

    Both time levels get the same factors, which excites no oscillation between them. An amplitude of 1e-3 changes
    temperatures by hundredths of a kelvin; within two weeks the weather differs, in the same climate.
    """
    found = set()

    def changed() -> Iterator[tuple[str, bytes]]:
        for name, content in read_records(source):
            if name in TEMPERATURES:
                found.add(name)
                values = np.frombuffer(content, dtype=np.float64).reshape(-1, _coefficients(content, source))
                factors = 1.0 + amplitude * np.random.default_rng(seed).standard_normal(values.shape)
                factors[:, :2] = 1.0  # the global mean of each level
                content = (values * factors).tobytes()
            yield name, content

    write_records(target, changed())
    if found != set(TEMPERATURES):
        got = ", ".join(sorted(found)) or "neither"
        raise ParamnetError(f"{source}", expected=f"a restart file with the temperatures {' and '.join(TEMPERATURES)}", got=got)


def _coefficients(content: bytes, path: Path, levels: int = 10) -> int:
    if len(content) % (8 * levels):
        raise ParamnetError(f"{path}", expected=f"temperatures of {levels} levels in float64", got=f"{len(content)} bytes")
    return len(content) // (8 * levels)


def _open(path: Path) -> BinaryIO:
    file = path.open("rb")
    if file.read(2) != b"\x1f\x8b":
        return file
    file.close()
    try:
        return io.BytesIO(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error) as error:
        raise ParamnetError(f"{path}", expected="a restart file compressed by gzip", got=f"a damaged one ({error})") from error


def _record(file: BinaryIO, size: int, path: Path) -> bytes | None:
    """The next record (its length is stored before and after it); None at the end of the file of ``size`` bytes."""
    mark = file.read(4)
    if not mark:
        return None
    length = int(np.frombuffer(mark, dtype=np.int32)[0]) if len(mark) == 4 else -1
    left = size - file.tell()  # a damaged length must not cause an allocation of gigabytes
    content = file.read(length) if 0 <= length <= left else b""
    if len(content) != length or file.read(4) != mark:
        raise ParamnetError(
            f"{path}",
            expected="Fortran unformatted records",
            got=f"a record length of {length} bytes that does not match the file; was it cut short?",
        )
    return content
