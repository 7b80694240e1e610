"""Fuzz the reader of classic netCDF files: mutated files must be read, or refused by a ParamnetError, quickly and in little memory.

Run: python tests/fuzz/classic_netcdf.py --seconds 300 [--seed 1]. With atheris installed (pip install atheris) the search follows the
code's coverage; otherwise a seeded mutator is used. An input that fails is kept in build/fuzz/ and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np

SLOWEST_SECONDS = 5.0
MOST_MEGABYTES = 500
FORMS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA")
NUMBERS = (0, 1, 2, 10, 11, 12, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF8, 1 << 20)


def seeds(folder: Path) -> list[bytes]:
    """A small file of each classic format, with records, packed values and attributes of several types."""
    files = []
    for form in FORMS:
        with netCDF4.Dataset(folder / "seed.nc", "w", format=form) as dataset:
            dataset.setncatts({"title": "seed", "table": np.array([1.0, 2.0])})
            for name, size in (("time", None), ("x", 3)):
                dataset.createDimension(name, size)
            for name, kind, dims in (("t", "i2", ("time", "x")), ("q", "f4", ("time",)), ("x", "f8", ("x",)), ("p0", "f8", ())):
                variable = dataset.createVariable(name, kind, dims, fill_value=-9 if name == "t" else None)
                variable.units = "K"
                variable[...] = np.arange(6).reshape(2, 3) if name == "t" else np.arange({"q": 2, "x": 3}.get(name, 1))
            dataset["t"].setncatts({"scale_factor": np.float32(0.5), "valid_range": np.array([0, 5], "i2"), "_Unsigned": "true"})
        files.append((folder / "seed.nc").read_bytes())
    return files


def mutated(files: list[bytes], seed: int) -> Iterator[bytes]:
    """Endless mutations: numbers of the header replaced, bytes flipped, stretches cut out, doubled or exchanged between files."""
    chance = random.Random(seed)
    while True:
        data = bytearray(chance.choice(files))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at = chance.randrange(3, max(4, len(data)))
            match chance.randrange(6):
                case 0 | 1:
                    at -= at % 4
                    data[at : at + 4] = chance.choice(NUMBERS).to_bytes(4, "big")
                case 2:
                    data[at : at + 1] = bytes([chance.randrange(256)])
                case 3:
                    del data[at : at + chance.choice((1, 4, 8, 60))]
                case 4:
                    data[at:at] = data[at : at + chance.choice((4, 8, 60))]
                case 5:
                    other = chance.choice(files)
                    data[at:] = other[at:]
        yield bytes(data)


def read_everything(data: bytes, path: Path) -> bool:
    """Whether the file is read; False where it is refused in words. Anything else is raised."""
    from paramnet.contract import ParamnetError
    from paramnet.sources.netcdf import open_netcdf, read_values

    path.write_bytes(data)
    try:
        with open_netcdf(path) as dataset:
            for name in dataset.variables:
                variable = dataset[name]
                read_values(variable, path.name)
                if variable.shape:
                    read_values(variable, path.name, 0 if variable.shape[0] else slice(0, 0))
    except ParamnetError:
        return False
    return True


def memory(field: str) -> int:
    """MB of this process, from /proc/self/status: VmRSS now, VmHWM the most since ``forget_peak``."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) >> 10


def forget_peak() -> None:
    """What the process used earlier does not count (Linux: proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def checked(data: bytes, path: Path) -> bool:
    """``read_everything``; an input that takes too long or too much memory is an error, too."""
    forget_peak()
    began, before = time.monotonic(), memory("VmRSS")
    read = read_everything(data, path)
    seconds, megabytes = time.monotonic() - began, memory("VmHWM") - before
    if seconds > SLOWEST_SECONDS or megabytes > MOST_MEGABYTES:
        raise RuntimeError(f"{seconds:.1f} s and {megabytes} MB for {len(data)} bytes")
    return read


def main() -> int:
    """Fuzz for a given time; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, files = Path(folder) / "a.nc", seeds(Path(folder))
        try:
            import atheris
        except ImportError:
            return _mutate(files, path, options.seconds, options.seed)
        return _atheris(atheris, files, path, options.seconds, options.seed)


def _mutate(files: list[bytes], path: Path, seconds: float, seed: int) -> int:
    end, tried, read = time.monotonic() + seconds, 0, 0
    for data in mutated(files, seed):
        try:
            read += checked(data, path)
        except Exception as error:
            kept = Path("build/fuzz")
            kept.mkdir(parents=True, exist_ok=True)
            (kept / "classic_netcdf.bin").write_bytes(data)
            print(f"classic netCDF: {type(error).__name__}: {error} after {tried} inputs (seed {seed}): {kept}/classic_netcdf.bin")
            return 1
        tried += 1
        if time.monotonic() > end:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"classic netCDF: {tried} inputs, {read} read, {tried - read} refused in words, no finding; at most {peak} MB (seed {seed})")
    return 0


def _atheris(atheris: object, files: list[bytes], path: Path, seconds: float, seed: int) -> int:
    corpus, kept = path.parent / "corpus", Path("build/fuzz")
    corpus.mkdir()
    kept.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(files):
        (corpus / str(number)).write_bytes(data)
    names = ("classic", "classic_header", "decoding", "integrity", "stated")
    with atheris.instrument_imports(include=[f"paramnet.preprocessing.{name}" for name in names]):  # type: ignore[attr-defined]
        import paramnet.sources.netcdf.integrity  # noqa: F401
    limits = [
        f"-max_total_time={int(seconds)}",
        f"-timeout={int(SLOWEST_SECONDS)}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-seed={seed % 2**31}",
    ]
    arguments = [sys.argv[0], *limits, f"-artifact_prefix={kept}/classic_netcdf.", "-print_final_stats=1", str(corpus)]
    atheris.Setup(arguments, lambda data: checked(data, path) and None)  # type: ignore[attr-defined]
    atheris.Fuzz()  # type: ignore[attr-defined]
    return 0


if __name__ == "__main__":
    sys.exit(main())
