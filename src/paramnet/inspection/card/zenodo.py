"""Metadata for Zenodo, as in ``.zenodo.json`` and its deposit interface."""

from __future__ import annotations

import html
import re
from typing import Any

from paramnet.inspection.card.config import CardConfig
from paramnet.inspection.card.facts import Facts
from paramnet.inspection.card.front_matter import tags_of

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


def zenodo(config: CardConfig, facts: Facts, title: str, description: str) -> dict[str, Any]:
    """The metadata; keys without a value are left out."""
    values = {
        "title": title,
        "upload_type": "software",
        "description": f"<p>{html.escape(description)}</p>",
        "creators": [_without_empty({"name": one.name, "affiliation": one.affiliation, "orcid": one.orcid}) for one in config.authors],
        "access_right": "open",
        "license": config.zenodo_license or config.license,
        "version": config.version,
        "keywords": tags_of(config, facts),
        "notes": f"SHA-256 of {facts.path.name}: {facts.digest}",
        "related_identifiers": [{"identifier": _identifier(one), "relation": "references"} for one in config.references],
    }
    return _without_empty(values)


def _identifier(reference: str) -> str:
    """A DOI without its address, which Zenodo recognises; another address as it is."""
    doi = _DOI.fullmatch(reference)
    return doi[1] if doi else reference


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", [])}
