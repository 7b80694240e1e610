"""Training compared with the machine's rate of matrix products, and with a loader that reads sample by sample.

The Rasp network (`experiment=rasp2018` as shipped: 94 -> 9x256 -> 65, batches of 1024, Lightning and the data path, without
validation) is trained on a synthetic store of the contract's shape. Between blocks of steps the same process times float32 matrix
products with the same threads. A step counts as 3 x 1.13 MFLOP per sample (forward, gradients of inputs and of weights), so
everything else in a step lowers the fraction. Rates are those of the fastest tenth of the rounds on both sides: two threads that wait for
each other some fifty times per step lose much more on a busy machine than one product does. With a GPU, training is also
measured there on a store of 20 million samples (``PARAMNET_BENCH_GPU_SAMPLES``).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import zarr
from hydra import compose, initialize_config_module
from numpy.typing import NDArray
from pytorch_lightning.callbacks import Callback
from report import Row, publish
from torch.utils.data import DataLoader, Dataset

from paramnet.cli.config import typed
from paramnet.contract import Contract
from paramnet.store import TRACE_ARRAYS, ColumnStatistics, Split, create_split, create_statistics, open_store, write_shard
from paramnet.training import TrainConfig, train
from paramnet.training.data import load_split

WIDTHS = [94, *[256] * 9, 65]
FLOP_PER_SAMPLE = 3 * 2.0 * sum(a * b for a, b in pairwise(WIDTHS))
CHUNK, SHARD_CHUNKS = 8192, 32
SAMPLES = 262_144
WARMUP, ROUNDS, STEPS_PER_ROUND = 8, 80, 4
SQUARES = (512, 1024, 2048)  # the machine's limit is the best of these, and of the network's own shape
PAPER_SAMPLES, PAPER_EPOCHS = 143.5e6, 18
GPU_SAMPLES = int(os.environ.get("PARAMNET_BENCH_GPU_SAMPLES", "20971520"))


def unit_statistics(width: int) -> ColumnStatistics:
    """Statistics of standard normal numbers."""
    one, zero = np.ones(width), np.zeros(width)
    return ColumnStatistics(zero, one, -5 * one, 5 * one, zero.astype(bool), np.linspace(-3, 3, 5)[:, None] * one)


def write_store(path: Path, contract: Contract, samples: int) -> Path:
    """Write a store of standard normal numbers, which repeats a few chunks; surface pressure is near 1000 hPa."""
    random = np.random.default_rng(0)
    root = zarr.create_group(path)
    pieces = [chunk_of(random, contract) for _ in range(8)]
    for name, count in (("train", samples), ("validation", CHUNK), ("test", CHUNK)):
        group = create_split(root, name, contract, count, CHUNK, "none", SHARD_CHUNKS)
        arrays = {member: group[member] for member in pieces[0]}
        per_shard = CHUNK * SHARD_CHUNKS
        for number in range(-(-count // per_shard)):
            chunks = -(-min(per_shard, count - number * per_shard) // CHUNK)
            write_shard(arrays, number, (pieces[(number + index) % len(pieces)] for index in range(chunks)))
    create_statistics(root, {"inputs": unit_statistics(contract.n_in), "outputs": unit_statistics(contract.n_out)})
    root.attrs.update(
        paramnet_store_version=1, contract=contract.to_dict(), contract_digest=contract.digest, source="synthetic", provenance={},
        files=["synthetic"], splits={}, time_units="days since 0001-01-01", calendar="noleap", complete=True,
    )  # fmt: skip
    return path


def chunk_of(random: np.random.Generator, contract: Contract) -> dict[str, NDArray]:
    """One chunk of every array of a split."""
    inputs = random.standard_normal((CHUNK, contract.n_in), dtype=np.float32)
    inputs[:, contract.input_columns["surface_air_pressure"]] += 1.0e5
    outputs = np.tanh(inputs[:, : contract.n_out] - inputs[:, 1 : contract.n_out + 1])
    trace = {name: np.ones(CHUNK, dtype=dtype) for name, (dtype, _, _) in TRACE_ARRAYS.items()}
    return {"inputs": inputs, "outputs": outputs, **trace}


class MatrixProducts:
    """Seconds and GFLOP/s of float32 matrix products on this machine, with torch's threads."""

    def __init__(self) -> None:
        shapes = [(n, n, n) for n in SQUARES] + [(1024, 256, 256)]
        self.operands = [(torch.randn(n, k), torch.randn(k, m), torch.empty(n, m)) for n, k, m in shapes]

    def rate(self) -> float:
        """FLOP/s of the fastest shape."""
        best = 0.0
        for left, right, out in self.operands:
            start = time.perf_counter()
            torch.mm(left, right, out=out)
            best = max(best, 2.0 * left.shape[0] * left.shape[1] * right.shape[1] / (time.perf_counter() - start))
        return best


def undisturbed(rates: list[float]) -> float:
    """Median of the fastest tenth."""
    return median(sorted(rates)[-max(1, len(rates) // 10) :])


class Meter(Callback):
    """Times blocks of steps, and matrix products between them."""

    def __init__(self, batch_size: int, rounds: int = ROUNDS, steps: int = STEPS_PER_ROUND) -> None:
        self.batch_size, self.rounds, self.steps = batch_size, rounds, steps
        self.products = MatrixProducts()
        self.samples_per_second: list[float] = []
        self.products_per_second: list[float] = []
        self.start = 0.0

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, index: int) -> None:
        step = trainer.global_step
        if step == WARMUP:
            self.start = time.perf_counter()
        elif step > WARMUP and step % self.steps == 0:
            self.samples_per_second.append(self.steps * self.batch_size / (time.perf_counter() - self.start))
            self.products_per_second.append(self.products.rate())
            trainer.should_stop = len(self.samples_per_second) >= self.rounds
            self.start = time.perf_counter()


def configuration(store: Path, output: Path, *overrides: str) -> TrainConfig:
    """The shipped experiment on the synthetic store."""
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        chosen = ["experiment=rasp2018", f"store={store}", f"output={output}", "validate_on=''", "trainer.progress_bar=false"]
        chosen += ["linear_baseline=false", *overrides]
        return typed(compose("train", chosen), TrainConfig)


class SampleBySample(Dataset):
    """A plain Dataset: each call reads one sample from the store."""

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs

    def __len__(self) -> int:
        return int(self.inputs.shape[0])

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.as_tensor(self.inputs[index]), torch.as_tensor(self.outputs[index])


def per_sample_seconds(dataset: SampleBySample, batch: int, batches: int) -> float:
    """Time in seconds per sample in a shuffled batch."""
    taken = iter(DataLoader(dataset, batch_size=batch, shuffle=True, num_workers=0))
    next(taken)
    start = time.perf_counter()
    for _ in range(batches):
        next(taken)
    return (time.perf_counter() - start) / (batches * batch)


def loader_rows(split: Split, step_seconds: float) -> Iterator[Row]:
    """The same steps with samples loaded one by one, from the store and from arrays in memory."""
    own = 1.0 / step_seconds
    from_store = per_sample_seconds(SampleBySample(split.inputs, split.outputs), 16, 4)
    how = f"the same step fed by torch's DataLoader, no workers: {1 / (from_store + step_seconds):.0f} samples/s"
    yield Row("train_vs_per_sample_loader", own * (from_store + step_seconds), "times", ">= 5", f"{how}, read from the same store")
    held = load_split(split)
    in_memory = min(per_sample_seconds(SampleBySample(held.inputs, held.outputs), 1024, 4) for _ in range(3))
    how = f"the same, from tensors in memory: {1 / (in_memory + step_seconds):.0f} samples/s"
    yield Row("train_vs_per_sample_in_memory", own * (in_memory + step_seconds), "times", "", how)


def cpu_rows(store: Path, scratch: Path) -> Iterator[Row]:
    """Fraction of the machine's rate of matrix products, with data in memory and streamed; and the loaders."""
    step_seconds = 0.0
    for residence in ("memory", "stream"):
        config = configuration(store, scratch / residence, f"trainer.data.residence={residence}", "trainer.accelerator=cpu")
        meter = Meter(config.trainer.batch_size)
        train(config, [meter])
        rate, products = undisturbed(meter.samples_per_second), undisturbed(meter.products_per_second)
        how = f"{meter.rounds} rounds of {meter.steps} steps of {meter.batch_size}, {torch.get_num_threads()} threads, {residence}"
        name = "" if residence == "memory" else "_streamed"
        share = rate * FLOP_PER_SAMPLE / products
        how_share = f"{how}; fastest tenth of steps and of sgemm, {products / 1e9:.0f} GFLOP/s"
        yield Row(f"train_vs_sgemm{name}", share, "of sgemm", ">= 0.60" if not name else "", how_share)
        shares = [a * FLOP_PER_SAMPLE / b for a, b in zip(meter.samples_per_second, meter.products_per_second, strict=True)]
        yield Row(f"train_vs_sgemm{name}_median", median(shares), "of sgemm", "", "median of each round's share")
        yield Row(f"train_samples_per_s{name}", rate, "1/s", "", how)
        step_seconds = step_seconds or 1.0 / rate
    yield from loader_rows(open_store(store).split("train"), step_seconds)


class GpuMeter(Callback):
    """Samples per second of the second epoch; the device is synchronized before each reading."""

    def __init__(self) -> None:
        self.rate, self.start = 0.0, 0.0

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        torch.cuda.synchronize()
        self.start = time.perf_counter()

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        torch.cuda.synchronize()
        samples = trainer.num_training_batches * module.config.trainer.batch_size
        self.rate = samples / (time.perf_counter() - self.start)


GPU_SETTINGS = {
    "float32": ("trainer.matmul=highest",),
    "tf32": ("trainer.matmul=high",),
    "tf32_graphs": ("trainer.matmul=high", "trainer.compile=reduce-overhead"),
    "bf16_graphs": ("trainer.matmul=high", "trainer.precision=bf16-mixed", "trainer.compile=reduce-overhead"),
}


def gpu_rows(scratch: Path, contract: Contract) -> Iterator[Row]:
    """Samples per second with the store on the GPU, and the time that Rasp's complete training would take."""
    store = write_store(scratch / "large", contract, GPU_SAMPLES)
    device = torch.cuda.get_device_name()
    best = 0.0
    for name, options in GPU_SETTINGS.items():
        sizes = ("trainer.accelerator=gpu", "trainer.batch_size=16384", "trainer.epochs=2", "trainer.data.residence=device")
        meter = GpuMeter()
        train(configuration(store, scratch / name, *sizes, *options), [meter])
        yield Row(f"gpu_samples_per_s_{name}", meter.rate, "1/s", "", f"{device}, {GPU_SAMPLES} samples on the GPU, batches of 16384")
        best = max(best, meter.rate)
    minutes = PAPER_SAMPLES * PAPER_EPOCHS / best / 60
    yield Row("gpu_minutes_rasp2018", minutes, "min", "<= 10", f"143.5 million samples x 18 epochs at the best of these, {device}")


def main() -> int:
    """Measure, print, and write runs/bench/training.json. Returns 1 if a target is missed."""
    runs = Path(os.environ.get("PARAMNET_RUNS", "runs"))
    runs.mkdir(parents=True, exist_ok=True)
    contract = Contract.from_yaml("rasp2018")
    with tempfile.TemporaryDirectory(prefix="bench_training_", dir=runs) as name:
        scratch = Path(name).absolute()
        rows = list(cpu_rows(write_store(scratch / "store", contract, SAMPLES), scratch))
        if torch.cuda.is_available():
            rows += gpu_rows(scratch, contract)
        else:
            print("bench: no CUDA device, so no rows on one")
    return 0 if publish("training", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
