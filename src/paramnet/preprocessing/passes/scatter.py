"""First pass: a block of steps is read, checked, and written as samples ordered by their shuffle keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.preprocessing.packing import Finding, pack, validate
from paramnet.preprocessing.passes.moments import Moments
from paramnet.preprocessing.quality.statistics import Quality, observe
from paramnet.preprocessing.resume.plan import Plan, load_plan
from paramnet.preprocessing.shuffle.order import by_sequence, sample_keys
from paramnet.preprocessing.shuffle.spill import row_dtype, spill_path, write_spill
from paramnet.sources.derive import Fields
from paramnet.sources.time_axis.steps import Block
from paramnet.store import SPLITS


@stored
@dataclass(frozen=True)
class BlockResult:
    """Result of a block. ``samples`` : kept per split. ``moments`` : of inputs and outputs of the training split, None without any.

    ``dropped`` : invalid samples. ``incomplete`` : valid ones whose sequence has one that is invalid or not selected.
    ``findings`` : (file, invalid values). ``quality`` : statistics for the quality report.
    """

    samples: dict[str, int]
    dropped: int
    incomplete: int
    findings: list[tuple[str, Finding]]
    moments: tuple[Moments, Moments] | None
    quality: Quality


def scatter_block(number: int, unfinished: Path, may_drop: bool) -> int:
    """Read, check, pack, order and write one block, and record it in the journal.

    Samples with values that are not finite or outside the contract's valid range are dropped and counted if ``may_drop``;
    otherwise ParamnetError names variable, file, step, column and level.
    """
    plan = load_plan(unfinished)
    block, reader = plan.block(number), plan.reader
    fields = _read(plan, block)
    wanted = reader.wanted(block, fields)
    valid, findings = validate(fields, (*reader.contract.inputs, *reader.contract.outputs), wanted)
    located = _located(findings, block, plan, may_drop)
    split = plan.splits.of(block.steps, valid.shape[1])
    if wanted is not None:
        split = np.where(wanted, split, np.int8(-1))
    asked = split >= 0
    kept = asked & valid
    quality = observe(reader.contract, fields, None if asked.all() else asked, valid)
    length = plan.sequence
    rows = by_sequence(_rows(fields, block, plan, valid.shape), length)
    del fields
    first = [sample_keys(plan.seed, int(file), int(step), valid.shape[1]) for file, step in block.positions[::length]]
    keys = np.broadcast_to(np.stack(first)[..., None], rows.shape)
    every, split = by_sequence(kept, length), by_sequence(split, length)
    whole = every & every.all(axis=2, keepdims=True)
    samples, moments = {}, None
    for code, name in enumerate(SPLITS):
        in_split = whole & (split == code)
        samples[name] = int(in_split.sum())
        if not samples[name]:
            continue
        chosen = (rows.reshape(-1), keys.reshape(-1)) if in_split.all() else (rows[in_split], keys[in_split])
        if name == "train":
            moments = (Moments.of(chosen[0]["inputs"]), Moments.of(chosen[0]["outputs"]))
        write_spill(spill_path(plan.journal.folder, name, number), chosen[1], chosen[0])
    dropped, incomplete = int((asked & ~valid).sum()), int((every & ~whole).sum())
    plan.journal.record("blocks", number, BlockResult(samples, dropped, incomplete, located, moments, quality))
    return number


def _read(plan: Plan, block: Block) -> Fields:
    """Read the block's fields; raise ParamnetError if a file has changed since it was scanned."""
    try:
        fields = plan.reader.read(block)
    except ParamnetError:
        plan.require_unchanged(block)  # an unreadable file may have been written to since
        raise
    plan.require_unchanged(block)
    return fields


def _located(findings: list[Finding], block: Block, plan: Plan, may_drop: bool) -> list[tuple[str, Finding]]:
    """Return the findings with the names of their files; raise ParamnetError for the first unless ``may_drop``."""
    located = [(plan.reader.files[block.positions[finding.step, 0]].name, finding) for finding in findings]
    if located and not may_drop:
        name, finding = located[0]
        step = block.positions[finding.step, 1]
        raise ParamnetError(
            finding.variable,
            expected=finding.expected,
            got=finding.got,
            where=f"step {step} of {name}",
            remedy="fix the file, or set max_invalid_fraction to drop such samples",
        )
    return located


def _rows(fields: Fields, block: Block, plan: Plan, shape: tuple[int, ...]) -> NDArray:
    """Return the samples (step, column) of a block."""
    contract = plan.reader.contract
    rows = np.empty(shape, dtype=row_dtype(contract))
    pack(fields, contract.inputs, contract.input_columns, rows["inputs"])
    pack(fields, contract.outputs, contract.output_columns, rows["outputs"])
    rows["step"] = block.steps[:, None]
    rows["column"] = np.arange(shape[1])
    return rows
