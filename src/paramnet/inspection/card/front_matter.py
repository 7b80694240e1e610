"""The front matter of a card, as Hugging Face reads it: licence, tags, library, metrics and their values."""

from __future__ import annotations

from typing import Any

import yaml

from paramnet.inspection.card.config import OTHER, CardConfig
from paramnet.inspection.card.facts import Facts
from paramnet.inspection.skill import scored_variables

LIBRARY = "paramnet"
TASK = "tabular-regression"  # the hub's nearest task
TAGS = ("climate", "convection", "parameterization", "fortran")
METRICS = {"r2": "R²", "mae": "mean absolute error", "bias": "bias (prediction minus truth)", "rmse": "root mean square error"}


def front_matter(config: CardConfig, facts: Facts) -> str:
    """YAML between the card's two lines of dashes, without them."""
    text: str = yaml.safe_dump(_values(config, facts), sort_keys=False, allow_unicode=True, width=120)
    return text


def tags_of(config: CardConfig, facts: Facts) -> list[str]:
    """Tags of every card, the kind of network and the host, and those of the user, each once."""
    network = facts.manifest.optional_fields("network")
    own = [network.text("kind")] if network.has("kind") else []
    return list(dict.fromkeys([*TAGS, *own, *config.tags]))


def _values(config: CardConfig, facts: Facts) -> dict[str, Any]:
    values: dict[str, Any] = {"license": config.license}
    if config.license == OTHER:
        values |= {"license_name": config.license_name, "license_link": config.license_link}
    values |= {"library_name": LIBRARY, "pipeline_tag": TASK, "tags": tags_of(config, facts)}
    if not facts.evaluated:
        return values
    name = config.title or facts.manifest.text("name")
    return values | {"metrics": list(METRICS), "model-index": [{"name": name, "results": _results(facts)}]}


def _results(facts: Facts) -> list[dict[str, Any]]:
    """One result a variable; scores that do not exist are left out."""
    about = facts.skill.optional_fields("provenance").values
    split, source = str(about.get("split") or "unknown"), str(about.get("source") or facts.host or "unknown")
    results = []
    for variable in scored_variables(facts.skill):
        row = facts.skill.fields(variable)
        scores = [
            {"type": key, "value": row.number(key), "name": f"{name} of {variable}" + (f", {row.text('units')}" if key != "r2" else "")}
            for key, name in METRICS.items()
            if row.has(key)
        ]
        if scores:
            dataset = {"name": source, "type": source, "split": split}
            results.append({"task": {"type": TASK, "name": variable}, "dataset": dataset, "metrics": scores})
    return results
