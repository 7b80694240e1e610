"""Every layer, role, setting and loss is documented."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from paramnet.scheme.constraints import CONSTRAINT_KINDS
from paramnet.scheme.normalization import FEATURE_KINDS
from paramnet.training import LossConfig

LAYERS = {**FEATURE_KINDS, **CONSTRAINT_KINDS}


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_is_documented_with_its_roles_and_settings(repository: Path, kind: str) -> None:
    text = (repository / "docs" / "reference" / "physics_layers.md").read_text()
    assert f"| `{kind}` |" in text
    for name in list(inspect.signature(LAYERS[kind]).parameters)[1:]:
        assert f"`{name}`" in text, name


KEYS = {field.name: None for kind in LossConfig.parts.values() for field in dataclasses.fields(kind) if field.name != "kind"}


@pytest.mark.parametrize("name", [*LossConfig.parts, *KEYS])
def test_every_loss_and_its_numbers_are_documented(repository: Path, name: str) -> None:
    text = (repository / "docs" / "reference" / "losses.md").read_text()
    assert f"`{name}`" in text or f"`{name}:" in text


@pytest.mark.parametrize("group", ["loss", "physics"])
def test_every_choice_of_a_group_is_documented(repository: Path, group: str) -> None:
    text = "".join((repository / "docs" / "reference" / name).read_text() for name in ("losses.md", "physics_layers.md"))
    for path in (repository / "conf" / group).glob("*.yaml"):
        assert path.stem in text, path


@pytest.mark.parametrize("page", ["training", "experiments", "search", "batch", "fine_tuning", "losses", "physics_layers", "architectures"])
def test_every_page_on_training_is_found_from_the_readme(repository: Path, page: str) -> None:
    listed = re.findall(r"\]\((?:\w+/)?(\w+\.md)\)", (repository / "docs" / "README.md").read_text())
    assert "docs/README.md" in (repository / "README.md").read_text() and f"{page}.md" in listed


@pytest.mark.parametrize("group", ["trainer/schedule", "trainer/average", "logger", "adapters"])
def test_every_way_to_train_is_documented(repository: Path, group: str) -> None:
    text = "".join((repository / "docs" / "guides" / name).read_text() for name in ("training.md", "fine_tuning.md"))
    for path in (repository / "conf" / group).glob("*.yaml"):
        assert f"`{path.stem}`" in text or f"={path.stem}`" in text or path.stem in ("none", "csv"), path
