"""What a scheme.pt says of itself: contract, training, limits and skill, as sections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cftime

from paramnet.contract import Contract, Fields, ParamnetError, parse_json
from paramnet.exporting.archive import MANIFEST, read_archive
from paramnet.files import sha256_of
from paramnet.inspection.report import Section
from paramnet.inspection.scheme_file import guard_section, network_section, scheme_variables
from paramnet.inspection.skill import budget_section, scored_variables, skill_section
from paramnet.inspection.variables import contract_sections


@dataclass(frozen=True)
class Facts:
    """A scheme's file and manifest. ``skill`` : of an evaluation; without scored variables if there was none."""

    path: Path
    manifest: Fields
    contract: Contract
    skill: Fields

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return sha256_of(self.path)

    @property
    def provenance(self) -> Fields:
        return self.manifest.optional_fields("provenance")

    @property
    def store(self) -> Fields:
        """What the scheme says of its training store; empty for an imported one."""
        return self.provenance.optional_fields("store")

    @property
    def host(self) -> str:
        """Source of the training data; "" if unknown."""
        return self.store.text("source") if self.store.has("source") else ""

    @property
    def climates(self) -> list[str]:
        """Names of the climates of the training store."""
        config = self._preprocessing
        climates = config.values.get("climates") or []
        return [str(one.get("name", one)) if isinstance(one, dict) else str(one) for one in climates]

    @property
    def evaluated(self) -> bool:
        return bool(scored_variables(self.skill))

    @property
    def _preprocessing(self) -> Fields:
        return self.store.optional_fields("provenance").optional_fields("config")

    def sections(self) -> dict[str, list[Section]]:
        """The tables of the card by heading."""
        envelope = self.manifest.optional_fields("envelope")
        contract, constants = contract_sections(self.contract)
        return {
            "variables": scheme_variables(self.contract, envelope),
            "contract": [contract, constants],
            "network": [network_section(self.manifest.optional_fields("network"))],
            "training": [Section.of_values("training data", self._training_data())],
            "guard": [guard_section(envelope)],
            "checks": [Section.of_values("checks", self._checks())],
            "skill": [skill_section(self.skill)],
            "budgets": [budget_section(self.skill)],
            "provenance": [Section.of_values("provenance", self._provenance())],
        }

    def _training_data(self) -> dict[str, Any]:
        """Files, period and selection of the training data, without paths of the machine they were on."""
        kept = self.store.optional_fields("provenance")
        files, select = kept.optional_fields("files"), self._preprocessing.optional_fields("source").optional_fields("select")
        return {
            "source": self.host,
            "files": files.values.get("number"),
            "bytes": files.values.get("bytes"),
            "SHA-256 of the list of files": files.values.get("sha256"),
            "climates": ", ".join(self.climates),
            **self._periods(),
            "selection": {key: value for key, value in select.values.items() if value not in ([], "", 0, 1, 1.0)},
            "content of the store": self.store.values.get("content"),
        }

    def _periods(self) -> dict[str, str]:
        """First and last time of the data that training was fitted to, and of those that chose the epoch."""
        training, days = self.provenance.optional_fields("training"), self.store.optional_fields("days")
        if not days.values or not training.has("fit_on"):
            return {}
        units, calendar = self.store.text("time_units"), self.store.text("calendar")
        uses = {"fitted to": training.texts("fit_on"), "epoch chosen on": [training.values.get("validate_on") or ""]}
        periods = {}
        for use, splits in uses.items():
            runs = [run for split in splits if days.has(split) for run in days.items(split)]
            if runs:
                ends = [(float(first), float(last)) for first, last in runs]
                first, last = (
                    cftime.num2date(day, units, calendar).isoformat(" ", "minutes")
                    for day in (min(first for first, _ in ends), max(last for _, last in ends))
                )
                periods[use] = f"{first} to {last} ({calendar} calendar), in {len(runs)} interval{'s' * (len(runs) > 1)}"
        return periods

    def _checks(self) -> dict[str, Any]:
        checks = self.manifest.optional_fields("checks").values
        wanted = ("columns", "trained_max", "float64_rms", "float64_max", "worst_output", "split_batch_max")
        return {key: checks[key] for key in wanted if key in checks}

    def _provenance(self) -> dict[str, Any]:
        given = self.provenance.values
        wanted = ("paramnet_version", "exported", "epoch", "checkpoint_sha256", "imported_from", "imported", "note", "files")
        own = {"file": self.path.name, "SHA-256": self.digest, "bytes": self.path.stat().st_size}
        facts = {
            "contract": self.contract.name,
            "contract digest": self.contract.digest,
            "torch version": self.manifest.text("torch_version"),
        }
        return own | facts | {key.replace("_", " "): given[key] for key in wanted if key in given}


def read_facts(path: Path) -> Facts:
    """Read a scheme.pt, after checking the hash of every member."""
    _, values = read_archive(path)
    manifest = Fields(values, f"scheme {path}: {MANIFEST}")
    contract = Contract.from_dict(manifest.get("contract"), f"{manifest.where}: contract")
    return Facts(path, manifest, contract, manifest.optional_fields("skill"))


def with_skill(facts: Facts, file: str) -> Facts:
    """The facts with the scores of a skill.json. Raises ParamnetError for one of another scheme."""
    try:
        scores = Fields(parse_json(Path(file).read_bytes(), file), file)
    except OSError as error:
        raise ParamnetError("skill", expected="skill.json of `paramnet evaluate`", got=error.strerror or str(error), where=file) from error
    _require_skill_of(facts.manifest, facts.contract, scores)
    return replace(facts, skill=scores)


def _require_skill_of(manifest: Fields, contract: Contract, skill: Fields) -> None:
    """Raise ParamnetError unless the scores can be those of this scheme: its outputs, and its network, epoch and weights' number."""
    judged, trained = skill.optional_fields("provenance").values, manifest.optional_fields("provenance").values
    unscored = [variable.name for variable in contract.outputs if variable.name not in scored_variables(skill)]
    pairs = {key: (judged.get(key), trained.get(key)) for key in ("epoch", "model")}
    pairs["parameters"] = (judged.get("parameters"), manifest.optional_fields("network").values.get("parameters"))
    differing = [key for key, (one, other) in pairs.items() if one is not None and other is not None and one != other]
    if unscored or differing:
        got = ", ".join(["no scores of " + ", ".join(unscored)] * bool(unscored) + [f"another {key}" for key in differing])
        raise ParamnetError(
            "skill", expected="an evaluation of this scheme", got=got, where=skill.where, remedy="run `paramnet evaluate scheme=…`"
        )
