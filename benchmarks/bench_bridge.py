"""The bridge compared with libtorch: time per call of Rasp's 94 -> 9x256 -> 65 network with its normalization.

The variants of a row run alternately in one process on one pinned core (except the rows on threads and ranks). Times are
processor time, which equals wall time on an idle machine. `libtorch` runs the artefact's TorchScript from C++ on a tensor that is
already packed. `native` is our kernel alone. `bridge` is the C API on a host's bound arrays, including packing, guard and
unpacking. Each sample takes about 2 ms and follows one call that is not counted. Ratios are medians of the ratios within a round,
so that other load on the machine affects both sides. A climate model with such a network: plasim_cost.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import nn

from paramnet.bridge.build import BuildConfig, build
from paramnet.cli.config import composed, typed
from paramnet.contract import Contract
from paramnet.exporting.artefact import compile_artefact, write_compiled
from paramnet.scheme.networks import build_network
from paramnet.scheme.normalization import Denormalizer, Normalizer
from paramnet.training import TrainConfig

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fortran_bridge" / "library" / "tests"))
import plasim_cost
import source_code
from make_scheme import entries, manifest_of
from report import Row, publish

SPEED_BARS = {1: ">= 2.3", 16: ">= 1.6", 64: ">= 1.2", 256: ">= 1.12", 1024: ">= 1.12"}
NETWORK_BARS = {"column_unet": ">= 1.6", "column_bilstm": ">= 1.4", "column_transformer": ">= 2.0", "random_fourier": ">= 1.1"}
NETWORK_COLUMNS, NETWORK_ROUNDS = 384, 21
PEAK_COLUMNS = (64, 256, 1024)
ROUNDS = {1: 101, 16: 101, 64: 101, 256: 61, 1024: 31}
WIDTHS = [94, *[256] * 9, 65]
DERIVATIVE_BARS = {"tangent": "<= 2.0", "adjoint": "<= 3.0", "linearize": "", "tangent_float64": "", "adjoint_float64": ""}
DERIVATIVE_ROUNDS = {64: 101, 384: 31}
SOURCE_BARS, SOURCE_ROUNDS = {"fortran": ">= 0.35", "cpp": ">= 0.8"}, 201
NOISE, STATE = 8, 16  # numbers per column
OPERATIONS = 2.0 * sum(a * b for a, b in pairwise(WIDTHS))  # of one column; activations not counted


def rasp_network(contract: Contract, state: int = 0, random_numbers: int = 0) -> nn.Sequential:
    """9 x 256 with LeakyReLU(0.3) between normalization and its inverse; random weights from a fixed seed."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    assert [contract.n_in, contract.n_out] == [WIDTHS[0], WIDTHS[-1]], "the contract is not Rasp's"
    widths = [WIDTHS[0] + state + random_numbers, *WIDTHS[1:-1], WIDTHS[-1] + state]
    layers: list[nn.Module] = [Normalizer(random.standard_normal(widths[0]), random.uniform(0.5, 2, widths[0]), np.zeros(widths[0]))]
    for width, outputs in pairwise(widths[:-1]):
        layers += [nn.Linear(width, outputs), nn.LeakyReLU(0.3)]
    layers += [nn.Linear(widths[-2], widths[-1])]
    layers += [Denormalizer(random.standard_normal(widths[-1]), random.uniform(0.5, 2, widths[-1]), np.zeros(widths[-1]))]
    return nn.Sequential(*layers)


def write_scheme(folder: Path, state: int = 0, random_numbers: int = 0) -> tuple[Path, Path]:
    """The network as scheme.pt on the rasp2018 contract, and the list of its variables for Fortran."""
    contract = Contract.from_yaml("rasp2018")
    sides = {"input": contract.inputs, "output": contract.outputs}
    rows = {side: entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels) for side, variables in sides.items()}
    manifest = manifest_of(contract, rows["input"], rows["output"], None)
    del manifest["format_version"]
    manifest |= {"state": [{"name": "memory", "start": [0.0] * state}] if state else [], "random_numbers": random_numbers}
    compiled = compile_artefact(rasp_network(contract, state, random_numbers), contract.n_in + state + random_numbers)
    # The kernel's speed is what is asked here; how far bfloat16 departs on real columns is for an export to say.
    manifest["checks"] = {"bfloat16": {row["name"]: {"rms": 0.0, "max": 0.0} for row in rows["output"]}}
    path, variables = folder / f"rasp_{state}_{random_numbers}.pt", folder / "variables.txt"
    write_compiled(compiled, manifest, path)
    lines = [f"{side} {row['name']} {row['size']} '{row['units']}'" for side, side_rows in rows.items() for row in side_rows]
    variables.write_text("\n".join(lines) + "\n")
    return path, variables


def run(command: list[object]) -> dict:
    """Run a driver and return its JSON. Its error message ends the benchmark."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command[0]} failed ({done.returncode}): {done.stderr.strip() or done.stdout.strip()}")
    result: dict = json.loads(done.stdout)
    return result


def ratio(samples: dict[str, list[float]], above: str, below: str) -> float:
    """Median over rounds of the ratio of two tasks' times."""
    return median(a / b for a, b in zip(samples[above], samples[below], strict=True))


def column_rows(drivers: Path, scheme: Path) -> list[Row]:
    """Speed relative to libtorch, fraction of peak performance, cost of real64, and gain of bfloat16."""
    rows: list[Row] = []
    for columns, bar in SPEED_BARS.items():
        result = run([drivers / "bench_columns", scheme, ROUNDS[columns], columns])
        samples = result["seconds"][str(columns)]
        how = f"{result['kernel']}; {ROUNDS[columns]} rounds, 1 thread"
        rows.append(Row(f"native_vs_libtorch_{columns}", ratio(samples, "libtorch", "native"), "times", bar, how))
        rows += [Row(f"{name}_us_{columns}", median(times) * 1e6, "us/call", "", how) for name, times in samples.items() if name != "peak"]
        if "peak" in samples:
            share = ratio(samples, "peak", "native") * OPERATIONS * columns / result["peak_operations"]
            wanted = ">= 0.95" if columns in PEAK_COLUMNS else ""
            peak = result["peak_operations"] / median(samples["peak"]) / 1e9
            rows.append(Row(f"native_peak_fraction_{columns}", share, "of peak", wanted, f"{peak:.0f} GFLOP/s by a loop on registers"))
        if columns == 1:
            rows.append(Row("load_ms", median(result["load"]) * 1e3, "ms", "<= 50", "native, file in the page cache; freed too"))
        if columns == 256:
            rows.append(Row("real64_cost", ratio(samples, "bridge_real64", "bridge_real32"), "ratio", "<= 1.03", "256 bound columns"))
            if "bfloat16" in samples:
                rows.append(Row("bf16_vs_native_256", ratio(samples, "native", "bfloat16"), "times", ">= 1.7", how))
        rows.append(
            Row(f"bridge_vs_libtorch_{columns}", ratio(samples, "libtorch", "bridge_real32"), "times", "", "packing and guard included")
        )
    return rows


def fortran_row(drivers: Path, scheme: Path, variables: Path) -> Row:
    """Overhead of a call from Fortran, for one column, where it is largest relative to the kernel."""
    result = run([drivers / "bench_fortran", scheme, variables, 1, 201])
    extra = median(a - b for a, b in zip(result["fortran"], result["kernel"], strict=True))
    return Row("fortran_overhead_us", extra * 1e6, "us/call", "<= 2", "1 column: run on bound arrays less the C++ kernel")


def carried_rows(drivers: Path, folder: Path) -> list[Row]:
    """What random numbers, and state, add to a step of the same network."""
    schemes = [write_scheme(folder, state, random)[0] for state, random in ((0, 0), (0, NOISE), (STATE, 0))]
    samples = run([drivers / "bench_carried", *schemes, 201, 64])
    how = {"noise": f"{NOISE} random numbers a column", "state": f"{STATE} numbers of state a column"}
    return [
        Row(name, ratio(samples, kind, "plain") - 1.0, "of a step", "<= 0.05", f"{how[kind]}, 64 columns, 1 thread; 201 rounds")
        for name, kind in (("noise_cost_64", "noise"), ("carried_state_cost_64", "state"))
    ]


def derivative_rows(drivers: Path, scheme: Path) -> list[Row]:
    """Tangent and adjoint at a point that is kept, relative to the forward, on bound arrays."""
    rows: list[Row] = []
    for columns, rounds in DERIVATIVE_ROUNDS.items():
        samples = run([drivers / "bench_derivatives", scheme, rounds, columns])
        how = f"{columns} columns, {rounds} rounds, 1 thread"
        rows += [
            Row(f"{task}_vs_forward_{columns}", ratio(samples, task, "forward"), "of a forward", bar, how)
            for task, bar in DERIVATIVE_BARS.items()
        ]
    return rows


def network_rows(drivers: Path, folder: Path) -> list[Row]:
    """Speed of the shipped networks over levels, and of random features, relative to libtorch; random weights."""
    contract = Contract.from_yaml("climsim_v1")
    sides = [
        entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels)
        for variables in (contract.inputs, contract.outputs)
    ]
    rows: list[Row] = []
    for name, bar in NETWORK_BARS.items():
        model = typed(composed("train", [f"model={name}", "store=none"]), TrainConfig).model
        compiled = compile_artefact(build_network(model, contract, contract.n_in), contract.n_in)
        manifest = manifest_of(contract, *sides, None)
        manifest["checks"] = {"bfloat16": {row["name"]: {"rms": 0.0, "max": 0.0} for row in sides[1]}}
        del manifest["format_version"]
        write_compiled(compiled, manifest, folder / f"{name}.pt")
        result = run([drivers / "bench_columns", folder / f"{name}.pt", NETWORK_ROUNDS, NETWORK_COLUMNS])
        samples, short = result["seconds"][str(NETWORK_COLUMNS)], name.removeprefix("column_")
        how = f"{result['kernel']}; {NETWORK_COLUMNS} columns, {NETWORK_ROUNDS} rounds, 1 thread"
        rows.append(Row(f"native_vs_libtorch_{short}", ratio(samples, "libtorch", "native"), "times", bar, how))
        rows += [
            Row(f"{task}_us_per_column_{short}", median(samples[task]) * 1e6 / NETWORK_COLUMNS, "us/column", "", how)
            for task in ("libtorch", "native")
        ]
    return rows


def isa_rows(drivers: Path, scheme: Path) -> list[Row]:
    """Speed of the paths for older and other processors, where this one has AVX2."""
    rows = []
    for columns in (1, 64):
        samples = run([drivers / "bench_isa", scheme, ROUNDS[columns], columns])
        how = f"{columns} columns, {ROUNDS[columns]} rounds, 1 thread; vectors of 16 bytes, on x86 without fused multiply-add"
        if "avx2" in samples:
            rows.append(Row(f"portable_vs_avx2_{columns}", ratio(samples, "avx2", "portable"), "of its speed", "", how))
    return rows


def source_rows(drivers: Path, scheme: Path, folder: Path) -> list[Row]:
    """Speed of the generated sources, which also read and write the host's arrays, relative to the native kernel; and their difference."""
    if missing := [words[0] for words in source_code.COMPILERS.values() if not shutil.which(words[0])]:
        print(f"bench: no {missing[0]}, so no rows on generated source code")
        return []
    libraries = [source_code.compiled(scheme, language, folder) for language in SOURCE_BARS]
    result = run([drivers / "bench_source", scheme, *libraries, SOURCE_ROUNDS, 64])
    how = f"{result['kernel']}; {' '.join(source_code.FLAGS)}, 64 columns, {SOURCE_ROUNDS} rounds, 1 thread"
    rows = [
        Row(f"{language}_source_vs_native", ratio(result["seconds"], "native", language), "of its speed", bar, how)
        for language, bar in SOURCE_BARS.items()
    ]
    largest = max(result["difference"].values())
    return [*rows, Row("source_agreement", largest, "std", "<= 1e-5", "largest difference from the kernel, of each output, 64 columns")]


def parallel_rows(drivers: Path, scheme: Path) -> list[Row]:
    """Two threads compared with one, and two ranks with two threads."""
    if len(os.sched_getaffinity(0)) < 2:
        print("bench: one core only, so no rows on threads and ranks")
        return []
    driver, columns = drivers / "bench_threads", 1024
    samples = run([driver, scheme, columns, 31])
    rows = [Row("two_threads_speedup_1024", ratio(samples, "one", "two"), "times", ">= 1.8", "31 rounds; needs two quiet cores")]
    if not shutil.which("mpirun"):
        print("bench: no mpirun, so no row on ranks")
        return rows
    threads = columns / median(samples["two"])
    command = ["mpirun", "-n", "2", "--bind-to", "none", driver, scheme, columns, "until", 2, f"{time.time() + 4:.3f}"]
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, env=environment)
    ranks = sum(json.loads(line)["columns_per_second"] for line in done.stdout.splitlines())
    rows.append(Row("two_ranks_vs_two_threads", ranks / threads, "times", "", "columns per second, 1024 a call, 2 s"))
    return rows


def main() -> int:
    """Build the drivers, measure, print, and write runs/bench/bridge.json. Returns 1 if a target is missed."""
    config = BuildConfig(benchmarks=True)
    build(config)
    drivers = config.build_folder / "library" / "benchmarks"
    with tempfile.TemporaryDirectory() as name:
        scheme, variables = write_scheme(Path(name))
        rows = column_rows(drivers, scheme)
        rows.append(fortran_row(drivers, scheme, variables))
        rows += carried_rows(drivers, Path(name))
        rows += derivative_rows(drivers, scheme)
        rows += network_rows(drivers, Path(name))
        rows += isa_rows(drivers, scheme)
        rows += source_rows(drivers, scheme, Path(name))
        rows += parallel_rows(drivers, scheme)
    rows += plasim_cost.rows()
    return 0 if publish("bridge", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
