"""Evaluate a scheme, trained here or elsewhere, on data not used in training."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from paramnet import __version__
from paramnet.contract import ParamnetError
from paramnet.evaluation.candidate import Candidate, of_checkpoint, of_scheme
from paramnet.evaluation.claim import claimed, identity_of, results_in
from paramnet.evaluation.climatology import Climatology
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.growth import growth_table
from paramnet.evaluation.inside.table import network_table
from paramnet.evaluation.intervals import Days
from paramnet.evaluation.judge import DRAW, LEARNED, Chunk, Judge
from paramnet.evaluation.passes import passes_table
from paramnet.evaluation.predicting import draws_of, predict
from paramnet.evaluation.predictive import Predictive, predictive
from paramnet.evaluation.reference import make_reference
from paramnet.evaluation.sensitivity import jacobian, jacobian_table, noise_response
from paramnet.evaluation.skill import clean, skill_table
from paramnet.exporting.gradients import gradients
from paramnet.reporting.netcdf import encoding
from paramnet.reporting.progress import Progress
from paramnet.reporting.provenance import how_made
from paramnet.store import Split, Store

logger = logging.getLogger(__name__)


def evaluate(config: EvaluateConfig) -> Path:
    """Write ``skill.json``, ``skill.nc``, ``figures`` and ``report.html`` to ``config.output`` and return it.

    Skill against the teacher, in W m-2, is compared with that of a linear network and of the climatology of the training
    period; ``skill.json`` contains the definitions. Sums are accumulated in float64, chunk by chunk. Results are moved into
    place when all are complete; existing results of the same settings, checkpoints and data are kept. Raises ParamnetError if
    checkpoint or scheme, linear checkpoint and store do not share a contract, if a scheme with memory finds no sequences in
    the store, if a scheme could do more than compute (see ``trust``), if a prediction is not finite, or if ``output`` has
    another evaluation (see ``overwrite``).
    """
    from paramnet.evaluation.dataset import skill_dataset
    from paramnet.evaluation.report import draw_figures, write_report  # matplotlib is slow to import

    began = time.monotonic()
    schemes, members, store = _open(config)
    output = Path(config.output)
    with claimed(config, store) as done:
        if done:
            logger.info("%s: already complete for this checkpoint, data and settings; nothing to do", output)
            return output
        judge, described = _judged(config, schemes, members, store)
        with results_in(output, identity_of(config, store)) as folder, Progress("steps") as progress:
            show = progress.task("report", 3)
            show(0, "linear response and noise")
            skill = skill_table(judge) | _probe(config, judge, schemes[LEARNED], store, store.split(config.split)) | described
            skill |= _inside(config, judge, schemes[LEARNED], store.split(config.split), progress)
            skill["provenance"]["made"] = how_made(began)
            show(1, "figures")
            figures = draw_figures(judge, skill, folder / "figures")
            show(2, "files")
            write_report(skill, figures, folder / "report.html")
            (folder / "skill.json").write_text(json.dumps(skill, indent=1, allow_nan=False))
            dataset = skill_dataset(judge, skill)
            dataset.to_netcdf(folder / "skill.nc", encoding=encoding(dataset))
            show(3)
    return output


def _judged(config: EvaluateConfig, schemes: dict[str, Candidate], members: list[Candidate], store: Store) -> tuple[Judge, dict[str, Any]]:
    """The sums accumulated over the split, and what ``skill.json`` says of climatology and provenance."""
    split, learned = store.split(config.split), schemes[LEARNED]
    samples = learned.whole(min(config.limit or len(split), len(split)))
    column = np.asarray(split.column_index[:samples])
    reference = make_reference(config, learned, store, split, column)
    kinds = {DRAW: learned.random_numbers > 0, "ensemble": bool(members), "climatology": reference.climatology is not None}
    predictors = (*schemes, *(kind for kind, wanted in kinds.items() if wanted))
    days, steps = Days.of(split, learned.counted(samples)), learned.length - learned.burn_in
    judge = Judge(store.contract, predictors, int(column.max()) + 1, config, reference.far, days, steps)
    chunks = _chunks(config, split, samples, schemes, members, reference.climatology)
    with Progress("chunks") as progress:
        show = progress.task("evaluate", -(-samples // learned.whole(config.chunk)))
        for number, chunk in enumerate(chunks, start=1):
            judge.add(chunk)
            show(number)
    climatology = {"climatology": reference.climatology.kind if reference.climatology else None, "climatology_of": reference.of}
    return judge, climatology | {"provenance": _provenance(config, store, learned)}


def _open(config: EvaluateConfig) -> tuple[dict[str, Candidate], list[Candidate], Store]:
    """Checkpoints or scheme by predictor name, the other members of the ensemble and the store, all of one contract."""
    learned = of_scheme(config.scheme, config.trust) if config.scheme else of_checkpoint(config.checkpoint)
    store = learned.open_store(config.store)
    schemes = {LEARNED: learned.on(store)}
    if config.linear_checkpoint:
        schemes["linear"] = of_checkpoint(config.linear_checkpoint).on(store)
    members = [of_checkpoint(path).on(store) for path in config.members]
    for other in (*members, *list(schemes.values())[1:]):
        store.require_contract(other.contract, other.path)
    if members and learned.random_numbers:
        raise ParamnetError("members", expected="none with a stochastic scheme, whose draws are judged", got=str(len(members)))
    return schemes, members, store


def _probe(config: EvaluateConfig, judge: Judge, candidate: Candidate, store: Store, split: Split) -> dict[str, Any]:
    """Jacobian, linear response and noise response for the first samples of the split, which is stored shuffled."""
    found: dict[str, Any] = {}
    statistics, of_outputs = (candidate.statistics(side, store) for side in ("inputs", "outputs"))
    if statistics is None or of_outputs is None:
        logger.warning("%s: no statistics of training data, so singular values and noise are omitted", candidate.path)
    if config.jacobian_columns:
        inputs = np.asarray(split.inputs[: config.jacobian_columns], dtype=np.float64)
        slopes = gradients(candidate.differentiable, inputs)
        found["linear_response"] = clean(growth_table(candidate, judge.base_states, inputs, slopes))
        if statistics is not None and of_outputs is not None:
            found["jacobian"] = clean(jacobian_table(jacobian(judge.contract, slopes, statistics, of_outputs), judge.contract))
    if config.noise_samples and statistics is not None:
        disturbed, outputs = (np.asarray(side[: candidate.whole(config.noise_samples)]) for side in (split.inputs, split.outputs))
        noise = noise_response(judge, candidate, statistics, disturbed.astype(np.float32), outputs.astype(np.float64))
        found["noise"] = clean(noise)
        if of_outputs is not None and (passes := passes_table(candidate, of_outputs, disturbed.astype(np.float32), outputs.astype("f8"))):
            found["passes"] = passes
    return found


def _inside(config: EvaluateConfig, judge: Judge, candidate: Candidate, split: Split, progress: Progress) -> dict[str, Any]:
    """The network itself, if the configuration asks for it."""
    if not config.network_samples:
        return {}
    inputs, outputs = (np.asarray(side[: config.network_samples]) for side in (split.inputs, split.outputs))
    show = progress.task("network", config.lanczos_steps * config.lanczos_probes)
    table = network_table(candidate, judge, inputs, outputs, config.lanczos_steps, config.lanczos_probes, show)
    show(config.lanczos_steps * config.lanczos_probes)
    return {"network": clean(table)}


def _chunks(
    config: EvaluateConfig,
    split: Split,
    samples: int,
    schemes: dict[str, Candidate],
    members: list[Candidate],
    climatology: Climatology | None,
) -> Iterator[Chunk]:
    learned = schemes[LEARNED]
    for start in range(0, samples, learned.whole(config.chunk)):
        read = slice(start, min(start + learned.whole(config.chunk), samples))
        inputs = np.asarray(split.inputs[read], dtype=np.float32)
        if learned.random_numbers:
            draws = draws_of(LEARNED, learned, inputs, np.arange(read.start, read.stop), config.draws)
            likely: Predictive | None = Predictive(tuple(draws), drawn=True)
            predicted = {LEARNED: np.mean(draws, axis=0), DRAW: draws[0]}
        else:
            likely = predictive(learned.checkpoint, inputs) if learned.checkpoint is not None else None
            predicted = {LEARNED: predict(LEARNED, learned, inputs)}
        predicted |= {name: predict(name, scheme, inputs) for name, scheme in schemes.items() if scheme is not learned}
        if members:
            likely = Predictive((predicted[LEARNED], *(predict("member", member, inputs) for member in members)), drawn=True)
            predicted["ensemble"] = np.mean(likely.outputs, axis=0)
        counted = learned.counted(len(inputs))
        column = np.asarray(split.column_index[read])[counted]
        predicted = {name: outputs[counted] for name, outputs in predicted.items()}
        yield Chunk(
            inputs=inputs[counted].astype(np.float64),
            truth=np.asarray(split.outputs[read], dtype=np.float64)[counted],
            predicted=predicted | ({"climatology": climatology(column)} if climatology else {}),
            column=column,
            area=np.asarray(split.area_weight[read], dtype=np.float64)[counted],
            latitude=np.asarray(split.latitude[read], dtype=np.float64)[counted],
            members=replace(likely, outputs=tuple(each[counted] for each in likely.outputs)) if likely else None,
        )


def _provenance(config: EvaluateConfig, store: Store, candidate: Candidate) -> dict[str, Any]:
    return {
        "paramnet_version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "contract": store.contract.name,
        "contract_digest": store.contract.digest,
        "source": store.attributes["source"],
        "split": config.split,
        "split_in_training": candidate.part_in_training(config.split, store),
        **candidate.about,
        **({"sequence": candidate.length, "burn_in": candidate.burn_in} if candidate.memory else {}),
        "members": [Path(member).name for member in config.members],
        "data": store.attributes["provenance"],
    }
