"""The bridge beside libtorch itself: Rasp's 94 -> 9x256 -> 65 network, one thread, wall time a call.

Both run the same TorchScript file in this process; the bridge reads and writes bound float32 or float64 arrays of
physical values (column index fastest, as Fortran has them), libtorch a packed tensor it is handed for nothing.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from paramnet.bridge import Scheme
from paramnet.contract import Contract, Variable
from paramnet.export import load_scheme, write_artefact

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fortran_bridge" / "tests"))
from make_scheme import entries, manifest_of
from report import Row, median_seconds, publish

COLUMNS = (1, 16, 64, 256, 1024, 2048)


def rasp_network(width_in: int, width_out: int) -> nn.Sequential:
    """9 x 256 with LeakyReLU(0.3), random weights from a fixed seed."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(9):
        layers += [nn.Linear(width_in, 256), nn.LeakyReLU(0.3)]
        width_in = 256
    return nn.Sequential(*layers, nn.Linear(width_in, width_out))


def write_scheme(folder: Path) -> tuple[Path, Contract]:
    """The network as scheme.pt on the rasp2018 contract."""
    contract = Contract.from_yaml("rasp2018")

    def rows(variables: tuple[Variable, ...]) -> list[dict]:
        return entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels)

    manifest = manifest_of(contract, rows(contract.inputs), rows(contract.outputs), None)
    path = folder / "rasp.pt"
    write_artefact(rasp_network(contract.n_in, contract.n_out), manifest, path)
    return path, contract


def bound(path: Path, contract: Contract, columns: int, dtype: type) -> Scheme:
    """A scheme bound to Fortran-ordered arrays of ``columns`` columns."""
    scheme = Scheme(path, strict=False)
    random = np.random.default_rng(1)
    for variables, bind in ((contract.inputs, scheme.bind_input), (contract.outputs, scheme.bind_output)):
        for variable in variables:
            shape = (columns, contract.n_levels) if variable.is_profile else (columns,)
            bind(variable.name, variable.units, np.asfortranarray(random.standard_normal(shape).astype(dtype)))
    return scheme


def main() -> int:
    """Measure, print, write runs/bench/bridge.json; 1 when a bar is missed."""
    torch.set_num_threads(1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        path, contract = write_scheme(Path(name))
        module, _ = load_scheme(path)
        for columns in COLUMNS:
            repeats = max(7, 20000 // columns if columns < 256 else 15)
            x = torch.randn(columns, contract.n_in)
            libtorch = median_seconds(lambda x=x: module(x), repeats, warmup=5)
            times = {}
            for dtype in (np.float32, np.float64):
                scheme = bound(path, contract, columns, dtype)
                times[dtype] = median_seconds(lambda s=scheme, n=columns: s.run(n), repeats, warmup=5)
            how = f"medians of {repeats} calls from Python, 1 thread"
            rows.append(Row(f"libtorch_us_{columns}", libtorch * 1e6, "us/call", "", how))
            rows.append(Row(f"bridge_us_{columns}", times[np.float32] * 1e6, "us/call", "", how))
            bar = "<= 1.15" if columns >= 64 else ""
            rows.append(Row(f"bridge_vs_libtorch_{columns}", times[np.float32] / libtorch, "ratio", bar, "real32 host arrays"))
            rows.append(Row(f"real64_cost_{columns}", times[np.float64] / times[np.float32], "ratio", "", "real64 against real32"))
    return 0 if publish("bridge", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
