"""The host's restart file: named arrays in Fortran's unformatted records, and a copy of it kicked a little off its course."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from paramnet.contract import ParamnetError

# Temperature in spectral space at the two time levels of the leapfrog step, (level, coefficient): real and imaginary parts in turn.
TEMPERATURES = ("st", "stm")
# Divergence, vorticity, temperature, humidity and surface pressure there, at both.
STATE = ("sd", "sdm", "sz", "szm", "sq", "sqm", "sp", "spm", *TEMPERATURES)
LAST_RECORD = "clwfla"  # in every configuration of the pinned version


def read_records(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents in the order of the file; raises ParamnetError when it is not a restart file of the host."""
    with path.open("rb") as file:
        while name := _record(file, path):
            content = _record(file, path)
            if len(name) != 16 or content is None or not (name.isascii() and name.decode("ascii").isprintable()):
                raise ParamnetError(
                    f"{path}: expected the host's restart file, a name of 16 ASCII letters before each array, got another or a damaged file"
                )
            yield name.decode("ascii").strip(), content


def require_complete(path: Path) -> None:
    """Read a restart file to its end; raises ParamnetError where it is cut short or damaged.

    The host ends with status 0 even when the disk was full, so the end of the file must be the record it writes last.
    """
    if not path.is_file():
        raise ParamnetError(f"{path}", expected="the host's restart file", got="no file")
    last = ""
    for name, _ in read_records(path):
        last = name
    if last != LAST_RECORD:
        raise ParamnetError(
            f"{path}",
            expected=f"a restart file that ends with the record {LAST_RECORD!r}",
            got=f"one that ends with {last!r}; it was cut short (was the disk full?)",
        )


def not_finite(path: Path) -> str:
    """The first part of the atmosphere's state in a restart file that holds NaN or an infinity; empty where all are finite."""
    for name, content in read_records(path):
        if name in STATE and len(content) % 8 == 0 and not np.isfinite(np.frombuffer(content, dtype=np.float64)).all():
            return name
    return ""


def steps_since_year_zero(path: Path) -> int:
    """The host's count of steps when the file was written."""
    for name, content in read_records(path):
        if name == "nstep" and len(content) == 4:
            return int(np.frombuffer(content, dtype=np.int32)[0])
    raise ParamnetError(f"{path}", expected="the host's restart file with a record nstep", got="one without")


def write_records(path: Path, records: Iterator[tuple[str, bytes]]) -> None:
    """The inverse of ``read_records``."""
    with path.open("wb") as file:
        for name, content in records:
            for part in (name.ljust(16).encode("ascii"), content):
                mark = np.int32(len(part)).tobytes()
                file.write(mark + part + mark)


def perturb(source: Path, target: Path, seed: int, amplitude: float) -> None:
    """Copy a restart file, its temperature changed by noise: each spectral coefficient but the global means times 1 + amplitude · N(0, 1).

    Both time levels are changed by the same factors, so that no oscillation between them is kicked off. amplitude : 1e-3
    moves temperatures by hundredths of a kelvin, from which another weather of the same climate grows within two weeks.
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
        raise ParamnetError(f"{source}: expected the temperatures {list(TEMPERATURES)} in the host's restart file, found {sorted(found)}")


def _coefficients(content: bytes, path: Path, levels: int = 10) -> int:
    if len(content) % (8 * levels):
        raise ParamnetError(f"{path}: expected temperatures of {levels} levels in float64, got {len(content)} bytes")
    return len(content) // (8 * levels)


def _record(file: BinaryIO, path: Path) -> bytes | None:
    """The next record, between its two marks of length; None at the end of the file."""
    mark = file.read(4)
    if not mark:
        return None
    length = int(np.frombuffer(mark, dtype=np.int32)[0]) if len(mark) == 4 else -1
    left = path.stat().st_size - file.tell()  # a damaged mark must not make us ask for gigabytes
    content = file.read(length) if 0 <= length <= left else b""
    if len(content) != length or file.read(4) != mark:
        raise ParamnetError(
            f"{path}: expected Fortran's unformatted records, got a mark of {length} bytes that does not fit; file cut short?"
        )
    return content
