"""Judge a trained scheme on data it has not seen."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from paramnet import __version__
from paramnet.architectures import flop_per_column, parameter_count
from paramnet.evaluation.climatology import Climatology, train_climatology
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.judge import LEARNED, Chunk, Judge
from paramnet.evaluation.predicting import predict
from paramnet.evaluation.predictive import Predictive, predictive
from paramnet.evaluation.sensitivity import jacobian, jacobian_table, noise_response
from paramnet.evaluation.skill import clean, skill_table
from paramnet.evaluation.strata import training_distance
from paramnet.normalization import InputConfig
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

    schemes, members, store = _open(config)
    split = store.split(config.split)
    samples = min(config.limit or len(split), len(split))
    column = np.asarray(split.column_index[:samples])
    fitted_on = list(schemes[LEARNED].meta["training"]["fit_on"])
    climatology = train_climatology(store, config.climatology, np.unique(column), config.chunk, fitted_on)
    if climatology.kind != config.climatology:
        logger.warning("climatology: some columns of %s have no training sample; using the global mean of each output", config.split)
    selection = InputConfig.of_checkpoint(schemes[LEARNED].meta)
    far = training_distance(store, config.envelope_samples, fitted_on, selection) if config.envelope_samples else None
    predictors = (*schemes, *(["ensemble"] if members else []), "climatology")
    judge = Judge(store.contract, predictors, int(column.max()) + 1, config, far)
    chunks = _chunks(split, samples, config.chunk, schemes, members, climatology)
    for chunk in tqdm(chunks, "evaluate", -(-samples // config.chunk), unit="chunk", disable=None):
        judge.add(chunk)
    probes = _probe(config, judge, schemes[LEARNED], split)
    skill = skill_table(judge) | probes | {"climatology": climatology.kind, "provenance": _provenance(config, store, schemes[LEARNED])}
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    figures = draw_figures(judge, skill, output / "figures")
    write_report(skill, figures, output / "report.html")
    aside = output / "skill.json.partial"
    aside.write_text(json.dumps(skill, indent=1, allow_nan=False))
    aside.replace(output / "skill.json")
    return output


def _open(config: EvaluateConfig) -> tuple[dict[str, Checkpoint], list[Checkpoint], Store]:
    """The checkpoints by predictor name, the ensemble's other members and the store, all of one contract."""
    learned = load_checkpoint(config.checkpoint)
    store = open_store(config.store or learned.meta["store"]["path"])
    store.require_contract(learned.contract, f"checkpoint {config.checkpoint}")
    schemes = {LEARNED: learned}
    if config.linear_checkpoint:
        schemes["linear"] = load_checkpoint(config.linear_checkpoint)
        store.require_contract(schemes["linear"].contract, f"checkpoint {config.linear_checkpoint}")
    members = [load_checkpoint(path) for path in config.members]
    for member, path in zip(members, config.members, strict=True):
        store.require_contract(member.contract, f"checkpoint {path}")
    return schemes, members, store


def _probe(config: EvaluateConfig, judge: Judge, checkpoint: Checkpoint, split: Split) -> dict[str, Any]:
    """Jacobian and noise response, on the split's first samples: it is stored shuffled."""
    found: dict[str, Any] = {}
    if config.jacobian_columns:
        inputs = np.asarray(split.inputs[: config.jacobian_columns], dtype=np.float32)
        found["jacobian"] = clean(jacobian_table(jacobian(checkpoint, inputs), judge.contract))
    if config.noise_samples:
        inputs, outputs = (np.asarray(side[: config.noise_samples]) for side in (split.inputs, split.outputs))
        found["noise"] = clean(noise_response(judge, checkpoint, inputs.astype(np.float32), outputs.astype(np.float64)))
    return found


def _chunks(
    split: Split, samples: int, size: int, schemes: dict[str, Checkpoint], members: list[Checkpoint], climatology: Climatology
) -> Iterator[Chunk]:
    for start in range(0, samples, size):
        read = slice(start, min(start + size, samples))
        inputs = np.asarray(split.inputs[read], dtype=np.float32)
        column = np.asarray(split.column_index[read])
        predicted = {name: predict(name, checkpoint, inputs) for name, checkpoint in schemes.items()}
        likely = predictive(schemes[LEARNED], inputs)
        if members:
            likely = Predictive((predicted[LEARNED], *(predict("member", member, inputs) for member in members)), drawn=True)
            predicted["ensemble"] = np.mean(likely.outputs, axis=0)
        yield Chunk(
            inputs=inputs.astype(np.float64),
            truth=np.asarray(split.outputs[read], dtype=np.float64),
            predicted=predicted | {"climatology": climatology(column)},
            column=column,
            area=np.asarray(split.area_weight[read], dtype=np.float64),
            latitude=np.asarray(split.latitude[read], dtype=np.float64),
            members=likely,
        )


def part_in_training(split: str, checkpoint: Checkpoint) -> str:
    """What training did with a split, as the report says it."""
    training = checkpoint.meta["training"]
    if split in training["fit_on"]:
        return "that training was fitted to"
    return "that chose the epoch" if split == training["validate_on"] else "that training never saw"


def _provenance(config: EvaluateConfig, store: Store, checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "paramnet_version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "contract": store.contract.name,
        "contract_digest": store.contract.digest,
        "source": store.attributes["source"],
        "split": config.split,
        "split_in_training": part_in_training(config.split, checkpoint),
        "checkpoint": Path(config.checkpoint).name,
        "epoch": checkpoint.meta.get("epoch"),
        "model": checkpoint.meta["model"],
        "members": [Path(member).name for member in config.members],
        "parameters": parameter_count(checkpoint.scheme),
        "flop_per_column": flop_per_column(checkpoint.scheme, checkpoint.contract.n_in),
        "data": store.attributes["provenance"],
    }
