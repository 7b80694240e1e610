"""A model card states what a scheme's file knows and what its author gave, and nothing else."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from torch import nn

from paramnet.cli.main import main
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import contract_manifest, write_artefact
from paramnet.inspection.card import Author, CardConfig, write_card

JANE = Author("Doe, Jane", "University of A | B", "0000-0002-1825-0097")


def card(made: Path, output: Path, **settings: Any) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Front matter, text and Zenodo's metadata of a card."""
    write_card(
        CardConfig(**{"scheme": str(made / "scheme.pt"), "license": "cc-by-4.0", "authors": [JANE], "output": str(output)} | settings)
    )
    readme = (output / "README.md").read_text(encoding="utf-8")
    front = re.fullmatch(r"---\n(.*?)\n---\n(.*)", readme, re.DOTALL)
    assert front
    return yaml.safe_load(front[1]), front[2], json.loads((output / ".zenodo.json").read_text(encoding="utf-8"))


def row(text: str, start: str) -> list[str]:
    """The cells of the first row of a table that begins with ``start``."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_front_matter_has_licence_tags_library_and_the_scores_of_the_evaluation(made: Path, tmp_path: Path) -> None:
    front, _, _ = card(made, tmp_path, tags=["plasim", "fortran"])
    skill = json.loads((made / "evaluation" / "skill.json").read_text())
    assert (front["license"], front["library_name"], front["pipeline_tag"]) == ("cc-by-4.0", "paramnet", "tabular-regression")
    assert front["tags"] == ["climate", "convection", "parameterization", "fortran", "linear", "plasim"]
    results = {result["task"]["name"]: result for result in front["model-index"][0]["results"]}
    assert results.keys() == skill["units"].keys()
    for name, result in results.items():
        assert result["dataset"] == {"name": "synthetic", "type": "synthetic", "split": "test"}
        scores = {metric["type"]: metric["value"] for metric in result["metrics"]}
        assert scores == {key: skill[name][key] for key in ("r2", "mae", "bias", "rmse") if skill[name][key] is not None}


def test_hugging_face_reads_the_card(made: Path, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub not installed")
    card(made, tmp_path)
    data = hub.ModelCard.load(tmp_path / "README.md", ignore_metadata_errors=False).data
    assert data.license == "cc-by-4.0" and data.library_name == "paramnet" and data.model_name == "plasim_convection"
    kinds = {result.metric_type for result in data.eval_results}
    assert kinds == {"r2", "mae", "bias", "rmse"} and all(result.task_type == "tabular-regression" for result in data.eval_results)


def test_the_text_has_contract_data_limits_skill_and_provenance(made: Path, tmp_path: Path, convection: Contract) -> None:
    _, text, _ = card(made, tmp_path, host="PlaSim T21", climate="present day", limits="Fails over ice.")
    skill = json.loads((made / "evaluation" / "skill.json").read_text())
    for variable in (*convection.inputs, *convection.outputs):
        assert row(text, variable.name)[1] == variable.units
    assert row(text, "gravity") == ["gravity", f"{convection.constants['gravity']:.10g}"]
    skilled = row(text[text.index("## Skill") :], "column_rain")
    assert skilled[3:5] == [f"{skill['column_rain'][key]:.4g}" for key in ("mae", "bias")]
    assert row(text, "source")[1] == "synthetic" and row(text, "fitted to")[1].startswith("0001-")
    assert row(text, "distance")[1].endswith("from 500 columns") and row(text, "contract digest")[1] == convection.digest
    assert "- Host: PlaSim T21\n- Climate: present day\n" in text and "Fails over ice." in text
    assert r"- Doe, Jane, University of A \| B (https://orcid.org/0000-0002-1825-0097)" in text
    assert str(made) not in text and "\n\n\n" not in text


def test_zenodo_gets_title_creators_licence_and_identifiers(made: Path, tmp_path: Path) -> None:
    references = ["https://doi.org/10.1073/pnas.1810286115", "https://example.org/data"]
    _, _, zenodo = card(made, tmp_path, title="A scheme", description="What it <does>.", version="1.2", references=references)
    assert zenodo["title"] == "A scheme" and zenodo["version"] == "1.2" and zenodo["license"] == "cc-by-4.0"
    assert zenodo["description"] == "<p>What it &lt;does&gt;.</p>"
    assert zenodo["creators"] == [{"name": "Doe, Jane", "affiliation": "University of A | B", "orcid": "0000-0002-1825-0097"}]
    assert [one["identifier"] for one in zenodo["related_identifiers"]] == ["10.1073/pnas.1810286115", "https://example.org/data"]


def test_nothing_is_claimed_of_a_scheme_without_training_data_or_evaluation(convection: Contract, tmp_path: Path) -> None:
    contract = replace(convection, description="a | b\n# <script>")
    manifest = contract_manifest(contract, "found") | {"envelope": None, "provenance": {"imported_from": "keras"}, "skill": {}}
    write_artefact(nn.Linear(53, 30), manifest, tmp_path / "scheme.pt")
    front, text, _ = card(tmp_path, tmp_path)
    assert (
        "metrics" not in front and "model-index" not in front and front["tags"] == ["climate", "convection", "parameterization", "fortran"]
    )
    assert "- Host: not stated\n- Climate: not stated\n" in text and "No evaluation is known." in text
    assert "does not say what the network was trained on" in text and "ranges of the training data are unknown" in text
    assert r"a \| b # &lt;script&gt;" in text and "<script>" not in text


def test_skill_of_another_scheme_is_refused(made: Path, tmp_path: Path) -> None:
    skill = json.loads((made / "evaluation" / "skill.json").read_text())
    skill["provenance"]["epoch"] = 7
    (tmp_path / "skill.json").write_text(json.dumps(skill))
    with pytest.raises(ParamnetError) as refused:
        card(made, tmp_path / "out", skill=str(tmp_path / "skill.json"))
    assert (refused.value.what, refused.value.got, refused.value.where) == ("skill", "another epoch", str(tmp_path / "skill.json"))
    assert not (tmp_path / "out").exists()


def test_a_readme_of_others_is_replaced_only_if_asked(made: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ParamnetError) as refused:
        card(made, tmp_path)
    assert refused.value.what == str(tmp_path / "README.md") and (tmp_path / "README.md").read_text() == "mine"
    assert not (tmp_path / ".zenodo.json").exists()
    card(made, tmp_path, overwrite=True)
    card(made, tmp_path)  # the same card again is no reason to refuse


@pytest.mark.parametrize(("settings", "what"), [
    ({"license": "CC BY 4.0"}, "license"),
    ({"license": ""}, "license"),
    ({"license": "other", "license_name": "mine"}, "license_link, zenodo_license"),
    ({"license_link": "https://example.org"}, "license_name, license_link"),
    ({"authors": []}, "authors"),
])  # fmt: skip
def test_incomplete_licence_or_authors_are_refused(made: Path, tmp_path: Path, settings: dict[str, Any], what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        card(made, tmp_path, **settings)
    assert refused.value.what == what and not list(tmp_path.iterdir())


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0098", "0000-0002-1825", "https://orcid.org/0000-0002-1825-0097"])
def test_an_orcid_with_a_wrong_check_digit_or_form_is_refused(orcid: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        Author("Doe, Jane", orcid=orcid)
    assert (refused.value.what, refused.value.got) == ("authors, Doe, Jane", repr(orcid))


def test_a_licence_that_no_list_has_keeps_its_name(made: Path, tmp_path: Path) -> None:
    other = {"license": "other", "license_name": "house", "license_link": "https://example.org/l", "zenodo_license": "other-open"}
    front, text, zenodo = card(made, tmp_path, **other)
    assert (front["license"], front["license_name"], front["license_link"]) == ("other", "house", "https://example.org/l")
    assert zenodo["license"] == "other-open" and "house (https://example.org/l)" in text


def test_the_command_takes_the_scheme_without_its_key(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    authors = 'authors=[{name: "Doe, Jane", affiliation: "A, B"}, {name: O\'Brien}]'
    command = ["paramnet", "card", str(made / "scheme.pt"), f"output={tmp_path}", authors]
    monkeypatch.setattr(sys, "argv", command)
    assert main() == 1 and "license: expected a value" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", [*command, "license=mit"])
    assert main() == 0 and str(tmp_path / "README.md") in capsys.readouterr().out
    creators = json.loads((tmp_path / ".zenodo.json").read_text())["creators"]
    assert creators == [{"name": "Doe, Jane", "affiliation": "A, B"}, {"name": "O'Brien"}]
