"""Write the seeds of the fuzz corpus: `PYTHONPATH=src python fortran_bridge/library/tests/fuzz/make_seeds.py`.

seed_scheme.pt        a small complete scheme with a program; what sanitizer builds run, which have no torch
seed_program          its program, a zero byte, its weights
seed_manifest.json    its manifest
seed_operations       a program with every kind of operation of version 1, 4 rows in, 3 out, a zero byte, its weights
seed_levels           the same of version 2, without rows: on 2 levels of 2 channels
"""

import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))
from make_scheme import entries, manifest_of

from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.exporting.archive import MANIFEST, PROGRAM, WEIGHTS, read_archive

CORPUS = Path(__file__).parent / "corpus"
FUNCTIONS = ["negate", "absolute", "sign", "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "relu", "silu", "gelu", "gelu_tanh"]
BINARIES = ["add", "subtract", "multiply", "divide", "minimum", "maximum", "power"]


def write_scheme() -> None:
    contract = Contract.from_yaml("plasim_convection")
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(contract.n_in, 8), nn.LeakyReLU(0.3), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, contract.n_out))
    lists = (
        entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels)
        for variables in (contract.inputs, contract.outputs)
    )
    envelope = {
        key: {"min": [-1e3] * width, "max": [1e3] * width} for key, width in (("inputs", contract.n_in), ("outputs", contract.n_out))
    }
    path = CORPUS / "seed_scheme.pt"
    write_artefact(network, manifest_of(contract, *lists, envelope), path)
    members, _ = read_archive(path)
    (CORPUS / "seed_program").write_bytes(members[PROGRAM] + b"\0" + members[WEIGHTS])
    (CORPUS / "seed_manifest.json").write_bytes(members[MANIFEST])


def write_operations() -> None:
    values, operations = [{"type": "float32", "rows": 4}], [{"op": "input", "out": 0}]

    def add(rows: int, kind: str = "float32", **operation: object) -> int:
        values.append({"type": kind, "rows": rows})
        operations.append({**operation, "out": len(values) - 1})
        return len(values) - 1

    constants = [
        {"type": "float32", "rows": 4, "offset": 0},
        {"type": "int32", "rows": 3, "offset": 64},
        {"type": "float32", "rows": 6, "width": 4, "offset": 128},
        {"type": "float32", "rows": 6, "offset": 256},
    ]
    weights = bytearray(320)
    struct.pack_into("<4f", weights, 0, 0.5, 1.5, -2.0, 3.0)
    struct.pack_into("<3i", weights, 64, 3, 0, 2)
    struct.pack_into("<24f", weights, 128, *[0.1 * k - 1 for k in range(24)])
    last = add(6, op="dense", **{"in": 0}, weight=2, bias=3, activation={"op": "gelu"}, residual=None, residual_after=False)
    picked = add(3, op="rows", **{"in": last}, index=1)
    for op in FUNCTIONS:
        picked = add(3, op=op, **{"in": picked})
    for op in BINARIES:
        add(4, op=op, a={"value": 0}, b={"constant": 0})
    add(4, op="leaky_relu", **{"in": 0}, slope=0.1)
    clamped = add(4, op="clamp", **{"in": 0}, lower=-1.0, upper=None)
    wide = add(4, "float64", op="cast", **{"in": clamped})
    summed = add(4, "float64", op="cumulative_sum", **{"in": wide})
    total = add(1, "float64", op="sum", **{"in": summed})
    total = add(1, op="cast", **{"in": total})
    both = add(4, op="concatenate", **{"in": [picked, total]})
    result = add(3, op="rows", **{"in": both}, index=1)
    operations.append({"op": "output", "in": result})
    program = {"format": "paramnet-program", "version": 1, "constants": constants, "values": values, "operations": operations}
    (CORPUS / "seed_operations").write_bytes(json.dumps(program).encode() + b"\0" + bytes(weights))


def write_levels() -> None:
    values, operations = [{"type": "float32", "rows": 4}], [{"op": "input", "out": 0}]
    constants: list[dict[str, object]] = []
    weights = bytearray()

    def constant(rows: int, width: int = 0) -> int:
        weights.extend(bytes(-len(weights) % 64))
        constants.append({"type": "float32", "rows": rows, "offset": len(weights)} | ({"width": width} if width else {}))
        count = rows * max(width, 1)
        weights.extend(struct.pack(f"<{count}f", *[0.1 * (k % 17) - 0.8 for k in range(count)]))
        return len(constants) - 1

    def add(rows: int, source: object, op: str, **keys: object) -> int:
        values.append({"type": "float32", "rows": rows})
        operations.append({"op": op, "in": source, **keys, "out": len(values) - 1})
        return len(values) - 1

    def layer(rows: int, source: int, outputs: int, window: int, padding: int, **keys: object) -> int:
        geometry = {"levels": 2, "window": window, "stride": 1, "dilation": 1, "padding": padding}
        ends = {"activation": None, "residual": None, "residual_after": False}
        return add(rows, source, "convolution", weight=constant(outputs, 2 * window), bias=constant(outputs), **geometry, **ends | keys)

    h = layer(4, 0, 2, 3, 1, activation={"op": "silu"}, residual=0, residual_after=True)
    h = add(4, h, "normalize", scale=constant(2), shift=constant(2), levels=2, groups=1, by_level=False, epsilon=1e-5, activation=None)
    h = add(4, h, "lstm", weight=constant(8, 2), state_weight=constant(8, 1), bias=constant(8), directions="both")
    h = add(4, [h, 0, h], "attention", levels=2, heads=2, factor=0.7)
    mean = add(2, h, "sum", levels=2)
    values.append({"type": "float32", "rows": 4})
    operations.append({"op": "multiply", "a": {"value": h}, "b": {"value": mean}, "out": len(values) - 1})
    h = add(4, add(4, len(values) - 1, "sin"), "cos")
    operations.append({"op": "output", "in": layer(3, h, 3, 2, 0)})
    program = {"format": "paramnet-program", "version": 2, "constants": constants, "values": values, "operations": operations}
    (CORPUS / "seed_levels").write_bytes(json.dumps(program).encode() + b"\0" + bytes(weights))


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    write_scheme()
    write_operations()
    write_levels()
