"""First pass: a block of steps becomes checked samples, sorted by their shuffle keys, in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.moments import Moments
from paramnet.preprocessing.packing import Finding, pack, sample_dtype, validate
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.shuffle import order_of, sample_keys
from paramnet.preprocessing.steps import Block


@dataclass(frozen=True)
class BlockResult:
    """``path`` holds ``samples`` rows sorted by key; ``moments`` of inputs and outputs only for the training split."""

    split: str
    path: Path
    samples: int
    dropped: int
    findings: list[tuple[str, Finding]]  # file name, what was found
    moments: tuple[Moments, Moments] | None


def scatter_block(block: Block, reader: Reader, folder: Path, seed: int, may_drop: bool) -> BlockResult:
    """Read, check, pack, sort and write one block.

    Samples with values that are not finite or outside the contract's valid range are dropped and counted when
    ``may_drop``; otherwise they raise ParamnetError naming variable, file, step, column and level.
    """
    contract = reader.contract
    fields = reader.read(block)
    valid, findings = validate(fields, (*contract.inputs, *contract.outputs))
    located = [(reader.files[block.positions[finding.step, 0]].name, finding) for finding in findings]
    if located and not may_drop:
        name, finding = located[0]
        step = block.positions[finding.step, 1]
        raise ParamnetError(f"{finding} at step {step} of {name}; mend the file, or set max_invalid_fraction to drop such columns")
    steps, columns = valid.shape
    rows = np.zeros((steps, columns), dtype=sample_dtype(contract))
    pack(fields, contract.inputs, contract.input_columns, rows["inputs"])
    pack(fields, contract.outputs, contract.output_columns, rows["outputs"])
    for step, (file_index, time_index) in enumerate(block.positions):
        rows["key"][step] = sample_keys(seed, int(file_index), int(time_index), columns)
    rows["file_index"], rows["time_index"] = block.positions[:, :1], block.positions[:, 1:]
    rows["column_index"] = np.arange(columns)
    rows["time"] = block.days[:, None]
    kept = rows.reshape(-1) if valid.all() else rows[valid]
    path = folder / f"{block.split}-{block.index:06d}"
    moments = None
    if block.split == "train" and len(kept):
        moments = (Moments.of(kept["inputs"]), Moments.of(kept["outputs"]))
    _write_sorted(kept, path)
    return BlockResult(block.split, path, len(kept), valid.size - len(kept), located, moments)


def _write_sorted(rows: NDArray, path: Path) -> None:
    """Write in order of the keys, a part at a time, so that no sorted copy of the whole block is needed."""
    order = order_of(rows)
    part = max(1, len(rows) // 8)
    with path.open("wb") as stream:
        for start in range(0, len(rows), part):
            rows[order[start : start + part]].tofile(stream)
