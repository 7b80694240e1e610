"""Judge a trained scheme on data it has not seen."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet import __version__
from paramnet.contract import ParamnetError
from paramnet.evaluation.climatology import Climatology, train_climatology
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.judge import LEARNED, Chunk, Judge
from paramnet.evaluation.skill import skill_table
from paramnet.store import Split, Store, open_store
from paramnet.training import Checkpoint, load_checkpoint

logger = logging.getLogger(__name__)


def evaluate(config: EvaluateConfig) -> Path:
    """Write ``skill.json``, ``figures/*.png`` and ``report.html`` into ``config.output`` and return it.

    Skill is in W m-2 against the teacher, beside a linear network's and the training period's climatology; definitions are
    in ``skill.json`` itself. Sums run in float64, chunk by chunk. Raises ParamnetError where checkpoint, linear checkpoint
    and store do not share a contract, or a prediction is not finite.
    """
    from paramnet.evaluation.report import draw_figures, write_report  # matplotlib is slow to import

    schemes, store = _open(config)
    split = store.split(config.split)
    samples = min(config.limit or len(split), len(split))
    column = np.asarray(split.column_index[:samples])
    climatology = train_climatology(store, config.climatology, np.unique(column), config.chunk)
    if climatology.kind != config.climatology:
        logger.warning("climatology: some columns of %s have no training sample; using the global mean of each output", config.split)
    judge = Judge(store.contract, (*schemes, "climatology"), int(column.max()) + 1, config)
    for chunk in _chunks(split, samples, config.chunk, schemes, climatology):
        judge.add(chunk)
    skill = skill_table(judge) | {"climatology": climatology.kind, "provenance": _provenance(config, store, schemes[LEARNED])}
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    figures = draw_figures(judge, skill, output / "figures")
    write_report(skill, figures, output / "report.html")
    aside = output / "skill.json.partial"
    aside.write_text(json.dumps(skill, indent=1, allow_nan=False))
    aside.replace(output / "skill.json")
    return output


def _open(config: EvaluateConfig) -> tuple[dict[str, Checkpoint], Store]:
    """The checkpoints by predictor name and the store, all of one contract."""
    learned = load_checkpoint(config.checkpoint)
    store = open_store(config.store or learned.meta["store"]["path"])
    store.require_contract(learned.contract, f"checkpoint {config.checkpoint}")
    schemes = {LEARNED: learned}
    if config.linear_checkpoint:
        schemes["linear"] = load_checkpoint(config.linear_checkpoint)
        store.require_contract(schemes["linear"].contract, f"checkpoint {config.linear_checkpoint}")
    return schemes, store


def _chunks(split: Split, samples: int, size: int, schemes: dict[str, Checkpoint], climatology: Climatology) -> Iterator[Chunk]:
    for start in range(0, samples, size):
        read = slice(start, min(start + size, samples))
        inputs = np.asarray(split.inputs[read], dtype=np.float32)
        column = np.asarray(split.column_index[read])
        predicted = {name: _predict(name, checkpoint, inputs) for name, checkpoint in schemes.items()}
        yield Chunk(
            inputs=inputs.astype(np.float64),
            truth=np.asarray(split.outputs[read], dtype=np.float64),
            predicted=predicted | {"climatology": climatology(column)},
            column=column,
            area=np.asarray(split.area_weight[read], dtype=np.float64),
            latitude=np.asarray(split.latitude[read], dtype=np.float64),
        )


@torch.inference_mode()
def _predict(name: str, checkpoint: Checkpoint, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    predicted = checkpoint.scheme(torch.from_numpy(inputs)).numpy().astype(np.float64)
    if not np.isfinite(predicted).all():
        sample, output = np.argwhere(~np.isfinite(predicted))[0]
        raise ParamnetError(
            f"{name} scheme {checkpoint.meta['path']}: expected finite outputs, got {predicted[sample, output]} in column {output} "
            "of the output tensor; train it again, on inputs without fill values"
        )
    return predicted


def _provenance(config: EvaluateConfig, store: Store, checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "paramnet_version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "contract": store.contract.name,
        "contract_digest": store.contract.digest,
        "source": store.attributes["source"],
        "split": config.split,
        "checkpoint": Path(config.checkpoint).name,
        "epoch": checkpoint.meta.get("epoch"),
        "model": checkpoint.meta["model"],
        "parameters": sum(p.numel() for p in checkpoint.scheme.parameters()),
        "data": store.attributes["provenance"],
    }
