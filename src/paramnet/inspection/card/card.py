"""Write the model card of a scheme: README.md and .zenodo.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

from paramnet.contract import ParamnetError, reading
from paramnet.files import require_writable_folder, write_text
from paramnet.inspection.card.config import CardConfig
from paramnet.inspection.card.facts import Facts, read_facts, with_skill
from paramnet.inspection.card.front_matter import front_matter
from paramnet.inspection.card.markdown import plain, table
from paramnet.inspection.card.zenodo import zenodo
from paramnet.reporting.html import rendered

README, ZENODO = "README.md", ".zenodo.json"
_SCHEME = "a scheme.pt of `paramnet export` or `paramnet import`"
_SKILL = "the skill.json of `paramnet evaluate`"


def write_card(config: CardConfig) -> Path:
    """Write ``README.md`` and ``.zenodo.json`` to ``config.output``; return that folder.

    Nothing of the scheme is run. Raises ParamnetError for a damaged scheme, a skill.json of another scheme, or existing files with
    other content without ``overwrite``.
    """
    path = Path(config.scheme)
    folder = Path(config.output) if config.output else path.absolute().parent
    with reading(f"scheme {path}", _SCHEME, "export again"):
        facts = read_facts(path)
    if config.skill:
        with reading(config.skill, _SKILL):
            facts = with_skill(facts, config.skill)
    with reading(config.skill or f"scheme {path}", _SKILL if config.skill else _SCHEME):
        texts = {README: _readme(config, facts), ZENODO: _zenodo(config, facts)}
    require_writable_folder(folder, "output")
    for name, text in texts.items():
        _require_replaceable(folder / name, text, config.overwrite)
    for name, text in texts.items():
        write_text(folder / name, text)
    return folder


def _title(config: CardConfig, facts: Facts) -> str:
    return config.title or facts.manifest.text("name")


def _description(config: CardConfig, facts: Facts) -> str:
    return config.description or facts.contract.description


def _zenodo(config: CardConfig, facts: Facts) -> str:
    values = zenodo(config, facts, _title(config, facts), _description(config, facts) or _title(config, facts))
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _readme(config: CardConfig, facts: Facts) -> str:
    sections = facts.sections()
    inputs, outputs = map(table, sections.pop("variables"))
    contract = "\n\n".join(table(section, digits=10) for section in sections.pop("contract"))
    tables = {name: "\n\n".join(filter(None, map(table, found))) for name, found in sections.items()}
    about = facts.skill.optional_fields("provenance").values
    page = rendered(
        "model_card.jinja",
        ("paramnet.inspection",),
        front_matter=front_matter(config, facts),
        title=plain(_title(config, facts)),
        description=config.description or plain(facts.contract.description),
        config=config,
        file=plain(facts.path.name),
        host=plain(facts.host),
        climates=plain(", ".join(facts.climates)),
        has_range=facts.manifest.optional_fields("envelope").has("inputs"),
        validation=facts.manifest.optional_fields("skill").optional_fields("validation").values,
        evaluated=facts.evaluated,
        data=" ".join(plain(about[key]) for key in ("split", "split_in_training") if about.get(key)),
        inputs=inputs,
        outputs=outputs,
        contract=contract,
        tables=tables,
        text=plain,
    )
    return re.sub(r"\n{3,}", "\n\n", page)  # of values that are not given


def _require_replaceable(path: Path, text: str, overwrite: bool) -> None:
    """Raise ParamnetError rather than replace what another wrote."""
    if overwrite or not path.exists():
        return
    if not path.is_file() or path.read_bytes() != text.encode():
        remedy = "choose another output, or set overwrite=true to replace it"
        raise ParamnetError(str(path), expected="no such file, or this card", got="other content", remedy=remedy)
