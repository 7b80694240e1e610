"""Preprocessing compared with the time that the disks and the netCDF library need for the same bytes.

The input in the SPCAM schema is synthetic. As in real files of 880 MB per day, two thirds of it are variables that the scheme does
not use; the reference reads, writes and rereads all of it. The row ``preprocess_vs_raw_nothing_unused`` is for files with the other
third only, all of which must be stored. Memory is the sum of the resident sets of all processes, with shared pages counted in each.
Input files are removed from the page cache before every measured run.

``PARAMNET_BENCH_GB`` (default 8) and ``PARAMNET_BENCH_PAIRS`` (2000) scale the input, for a quick look.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import numpy as np
import psutil
from report import Row, publish

REPOSITORY = Path(__file__).resolve().parents[1]
CLIMSIM = Path(os.environ.get("PARAMNET_DATA", REPOSITORY.parent / "shared" / "data")) / "climsim_low_res"
GIGABYTES = float(os.environ.get("PARAMNET_BENCH_GB", "8"))
PAIRS = int(os.environ.get("PARAMNET_BENCH_PAIRS", "2000"))
SMALL_GIGABYTES, WORKERS = 2.0, 2
# every step in a split, so that nothing that was read is left out
EVERY_STEP = ("splits.gap_days=0", "splits.block_days=0.25")
MEMBERS = {".mli.": ("state_t", "state_q0001", "state_ps", "pbuf_SOLIN", "pbuf_LHFLX", "pbuf_SHFLX", "ymd", "tod")}
MEMBERS[".mlo."] = (
    "state_t",
    "state_q0001",
    *(f"cam_out_{name}" for name in ["NETSW", "FLWDS", "PRECSC", "PRECC", "SOLS", "SOLL", "SOLSD", "SOLLD"]),
)


def read_write_reread(path: Path, scratch: Path) -> int:
    """Read a file's variables into arrays, write their bytes to a raw file and read that back. Returns the number of bytes."""
    copy = scratch / f"{path.name}.raw"
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_maskandscale(False)
        arrays = [np.ascontiguousarray(variable[...]) for variable in dataset.variables.values()]
    with copy.open("wb", buffering=0) as stream:
        for array in arrays:
            stream.write(memoryview(array.reshape(-1).view(np.uint8)))
    return int(np.fromfile(copy, np.uint8).nbytes)


def read_pairs(paths: list[Path]) -> int:
    """Read the variables that the contract needs from some pairs, one netCDF4 call each. Returns the number of values."""
    values = 0
    for before in paths:
        for part, names in MEMBERS.items():
            with netCDF4.Dataset(before.with_name(before.name.replace(".mli.", part))) as dataset:
                dataset.set_auto_maskandscale(False)
                values += sum(np.asarray(dataset[name][...]).size for name in names)
    return values


def forget(paths: list[Path]) -> None:
    """Write dirty pages to disk and remove the files from the page cache."""
    os.sync()
    for path in paths:
        with path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def preprocess(source: str, folder: Path, store: Path, *options: str) -> tuple[float, float]:
    """Time in seconds and peak memory in GB of ``paramnet preprocess`` with all its processes, including start-up."""
    shutil.rmtree(store, ignore_errors=True)
    command = [sys.executable, "-m", "paramnet.cli.main", "preprocess", f"source={source}", f"input={folder}", f"store={store}"]
    command += [f"cluster.workers={WORKERS}", f"paths.runs={store.parent}", *options]
    began, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, resident(watched))
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        assert process.stderr is not None
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}\nfailed with {process.returncode}:\n{process.stderr.read()[-2000:]}")
    return seconds, peak / 1e9


def resident(process: psutil.Process) -> int:
    """Resident bytes of a process and all its descendants."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass  # ended while we looked
    return total


def generate(folder: Path, gigabytes: float, bulk: bool) -> list[Path]:
    """Write synthetic files in the SPCAM schema of this total size; ``bulk`` : with the variables that no scheme needs."""
    script = [sys.executable, str(REPOSITORY / "data" / "generate_spcam.py"), f"output={folder}", f"gigabytes={gigabytes}"]
    subprocess.run([*script, f"bulk={str(bulk).lower()}"], check=True, stdout=subprocess.DEVNULL)
    return sorted(folder.glob("*.nc"))


def raw_seconds(files: list[Path], scratch: Path) -> float:
    """Time in seconds to read with netCDF4, and to write and read the same bytes raw, on as many processes as preprocessing uses."""
    folder = scratch / "raw"
    folder.mkdir()
    forget(files)
    began = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(read_write_reread, files, [folder] * len(files)))
    seconds = time.perf_counter() - began
    shutil.rmtree(folder)
    return seconds


def compared_with_raw(files: list[Path], scratch: Path, what: str) -> tuple[float, float, float, str]:
    """Times in seconds of the raw reference and of preprocessing, its peak memory in GB, and a description."""
    first = raw_seconds(files, scratch)
    forget(files)
    seconds, peak = preprocess("spcam", files[0].parent, scratch / "store", *EVERY_STEP)
    stored = sum(path.stat().st_size for path in (scratch / "store").rglob("*") if path.is_file()) / 1e9
    shutil.rmtree(scratch / "store")
    reference = 0.5 * (first + raw_seconds(files, scratch))  # before and after: the machine may not be alone
    size = sum(path.stat().st_size for path in files) / 1e9
    return reference, seconds, peak, f"{size:.1f} GB SPCAM-schema (synthetic, {what}), {stored:.1f} GB stored, {WORKERS} processes"


def spcam_rows(scratch: Path) -> Iterator[Row]:
    """The large input compared with the raw reference, and the memory for it and for a quarter of it."""
    large, small = generate(scratch / "large", GIGABYTES, True), scratch / "small"
    reference, seconds, peak, how = compared_with_raw(large, scratch, "with the variables of real files that no scheme needs")
    raw = "netCDF4 reads every variable of the files into arrays, raw write, raw read; mean of one run before and one after"
    yield Row("raw_seconds", reference, "s", "", f"{how}: {raw}")
    yield Row(
        "preprocess_seconds", seconds, "s", "", f"{how}: the whole command, start-up included; reads the variables of contract rasp2018"
    )
    yield Row("preprocess_vs_raw", seconds / reference, "ratio", "<= 2.0", how)
    yield Row("peak_memory_8gb", peak, "GB", "<= 3.0", f"{how}: resident sets of all processes added")
    small.mkdir()
    taken = 0.0
    for path in large:
        if taken < SMALL_GIGABYTES:
            (small / path.name).symlink_to(path)
            taken += path.stat().st_size / 1e9
    _, peak_small = preprocess("spcam", small, scratch / "store", *EVERY_STEP)
    shutil.rmtree(scratch / "store")
    yield Row("peak_memory_2gb", peak_small, "GB", "<= 3.0", f"the same of {taken:.1f} GB")
    yield Row("peak_memory_8gb_vs_2gb", peak / peak_small, "ratio", "<= 1.2", "memory does not grow with the archive")
    yield Row("peak_memory_2gb_vs_8gb", peak_small / peak, "ratio", "<= 1.2", "nor shrink by more than the same share")


def strict_rows(scratch: Path) -> Iterator[Row]:
    """Files in which every variable is stored, so that preprocessing moves the same bytes as the raw reference."""
    files = generate(scratch / "strict", GIGABYTES / 3, False)
    reference, seconds, _, how = compared_with_raw(files, scratch, "no variable unused")
    yield Row("preprocess_vs_raw_nothing_unused", seconds / reference, "ratio", "", f"{how}: both read the same variables")


def copy_pairs(folder: Path) -> list[Path]:
    """Copy the real pairs repeatedly, each time one year later. Returns the files before physics."""
    folder.mkdir()
    shutil.copy(next(CLIMSIM.glob("*grid-info*.nc")), folder)
    real, made = sorted(CLIMSIM.glob("*.mli.*.nc")), []
    for number in range(PAIRS):
        before, later = real[number % len(real)], number // len(real)
        for part in MEMBERS:
            source = before.with_name(before.name.replace(".mli.", part))
            target = folder / source.name.replace(".0008-", f".{8 + later:04d}-")
            shutil.copyfile(source, target)
            with netCDF4.Dataset(target, "a") as dataset:
                dataset["ymd"].assignValue(int(dataset["ymd"][...]) + 10000 * later)
        made.append(folder / before.name.replace(".0008-", f".{8 + later:04d}-"))
    return made


def climsim_rows(scratch: Path) -> Iterator[Row]:
    """Many small files, compared with a loop that only reads what the contract needs."""
    pairs = copy_pairs(scratch / "pairs")
    every = sorted((scratch / "pairs").glob("*.nc"))

    def bare() -> float:
        forget(every)
        began = time.perf_counter()
        with ProcessPoolExecutor(WORKERS) as pool:
            list(pool.map(read_pairs, [pairs[start::WORKERS] for start in range(WORKERS)]))
        return time.perf_counter() - began

    first = bare()
    forget(every)
    seconds, _ = preprocess("climsim", scratch / "pairs", scratch / "store")
    reference = 0.5 * (first + bare())
    how = f"{len(pairs)} pairs of real ClimSim files, {WORKERS} processes"
    yield Row("netcdf4_loop_pairs_per_s", len(pairs) / reference, "1/s", "", f"{how}: the needed variables, nothing else; before and after")
    yield Row("preprocess_pairs_per_s", len(pairs) / seconds, "1/s", "", f"{how}: the whole command, start-up included")
    yield Row("small_files_vs_netcdf4", reference / seconds, "ratio", ">= 0.7", how)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder below ``runs``, on the disk to be measured; removed at the end."""
    runs = Path(os.environ.get("PARAMNET_RUNS", "runs"))
    runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench_data_", dir=runs) as name:
        yield Path(name).absolute()


def main() -> int:
    """Measure, print, and write runs/bench/data.json. Returns 1 if a target is missed."""
    parts: list[Callable[[Path], Iterator[Row]]] = [spcam_rows, strict_rows]
    if CLIMSIM.is_dir():
        parts.append(climsim_rows)
    else:
        print(f"small files are not measured: no real pairs in {CLIMSIM}; set PARAMNET_DATA, see data/README.md")
    rows = []
    for part in parts:
        with scratch_folder() as scratch:
            rows += list(part(scratch))
    return 0 if publish("data", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
