"""Skill, cost and steepness of networks with constrained and with compressed weights, as the tables of docs/guides/compressing.md.

    paramnet preprocess source=climsim input=${PARAMNET_DATA}/climsim_low_res store=runs/climsim splits=months
    python benchmarks/bench_small_networks.py runs/climsim runs/small_networks [seeds]

Mean over seeds, and half of the range. R2 is that of heating and moistening in W m-2 on the test split. Cost is processor time on
one thread.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from paramnet.cli.config import composed, typed
from paramnet.exporting.smoothness import smoothness
from paramnet.scheme import load_checkpoint
from paramnet.store import Store, open_store
from paramnet.training import TrainConfig, train
from paramnet.training.compress import CompressConfig, compress
from paramnet.training.compress.comparison import row_of

MODELS = ("small_mlp", "symmetric_mlp", "svd_mlp")
SETTINGS = (
    "trainer=one_cycle",
    "trainer.epochs=12",
    "trainer.progress_bar=false",
    "trainer.threads=1",
    "linear_baseline=false",
    "loss=mae",
)
TOLERANCES = (0.0001, 0.001, 0.01)


def judged(path: Path, store: Store, seconds: float) -> dict[str, float]:
    """Numbers of one row."""
    row = row_of(str(path), store, "test")
    smooth = smoothness(load_checkpoint(path).scheme, np.asarray(store.split("test").inputs[:256]))
    r2 = list(row["r2"].values())
    return {
        "weights": row["parameters"],
        "MFLOP": row["mflop_per_column"],
        "us": row["microseconds_per_column"],
        "R2 heating": r2[0],
        "R2 moistening": r2[1],
        "bound": smooth["lipschitz_bound"],
        "steepest": smooth["largest_slope"],
        "median slope": smooth["median_slope"],
        "kinks": smooth.get("kinks_per_column", 0.0),
        "seconds": seconds,
    }


def of_seed(seed: int, store: Path, output: Path) -> dict[str, dict[str, float]]:
    """Each network trained with a seed, and the first one compressed."""
    rows, opened = {}, open_store(store)
    for model in MODELS:
        folder = output / f"{model}_{seed}"
        config = typed(composed("train", [f"model={model}", f"seed={seed}", f"store={store}", f"output={folder}", *SETTINGS]), TrainConfig)
        start = time.process_time()
        rows[model] = judged(train(config).best_checkpoint, opened, time.process_time() - start)
    for tolerance in TOLERANCES:
        folder = output / f"compressed_{tolerance}_{seed}"
        large = output / f"{MODELS[0]}_{seed}" / "best.ckpt"
        given = [f"checkpoint={large}", f"output={folder}", f"tolerance={tolerance}", f"seed={seed}", *SETTINGS[:4]]
        start = time.process_time()
        record = compress(typed(composed("compress", given), CompressConfig))
        seconds = time.process_time() - start
        for name in ("pruned", "best"):
            rows[f"tolerance {tolerance}, {name}"] = judged(record.parent / f"{name}.ckpt", opened, seconds)
        print(json.dumps({"tolerance": tolerance, "model": json.loads(record.read_text())["networks"]["distilled"]["model"]}), flush=True)
    return rows


def main() -> None:
    store, output = Path(sys.argv[1]), Path(sys.argv[2])
    seeds = [of_seed(seed, store, output) for seed in range(1, 1 + int(sys.argv[3] if len(sys.argv) > 3 else 3))]
    names = list(next(iter(seeds[0].values())))
    print("| network | " + " | ".join(names) + " |")
    for row in seeds[0]:
        values = np.array([[seed[row][name] for name in names] for seed in seeds])
        middle, half = values.mean(axis=0), 0.5 * np.ptp(values, axis=0)
        print(f"| {row} | " + " | ".join(f"{m:.4g} ± {h:.2g}" for m, h in zip(middle, half, strict=True)) + " |", flush=True)


if __name__ == "__main__":
    main()
