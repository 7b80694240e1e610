"""The notebooks of the documentation run, in the order in which they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import matplotlib.pyplot as plt
import nbclient
import pytest

NOTEBOOKS = ("first_scheme", "judging", "coupled_run")
Run = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def checkout(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/ where the notebooks look for it, and room for their runs/."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "docs" / "notebooks").mkdir(parents=True)
    (folder / "data").symlink_to(repository / "data")
    return folder


@pytest.fixture
def run(repository: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the cells of a notebook in this process; returns what it has defined."""
    monkeypatch.chdir(checkout / "docs" / "notebooks")

    def cells(name: str) -> dict[str, Any]:
        defined: dict[str, Any] = {}
        for cell in jupytext.read(repository / "docs" / "notebooks" / f"{name}.md").cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, name, "exec"), defined)
        plt.close("all")
        return defined

    return cells


def test_every_notebook_is_run(repository: Path) -> None:
    assert sorted(path.stem for path in (repository / "docs" / "notebooks").glob("*.md")) == sorted(NOTEBOOKS)


@pytest.mark.long
def test_the_first_scheme_has_skill_on_unseen_columns_and_is_judged(run: Run) -> None:
    made, judged = run("first_scheme"), run("judging")
    assert 0.2 < float(made["r2"].tendency_of_air_temperature.mean()) < 1
    assert int(made["predicted"].flags.max()) <= 4
    skill = judged["skill"]
    assert {"learned", "linear", "climatology"} <= set(skill.predictor.values)
    learned, linear = (float(skill.r2.sel(output="column_heating", predictor=name)) for name in ("learned", "linear"))
    assert learned > linear > 0


def test_the_scheme_of_the_sample_is_farther_from_the_control_than_the_floor(run: Run) -> None:
    week = run("coupled_run")["week"]
    learned, floor = (abs(week[name].air_temperature - week["control"].air_temperature).mean() for name in ("learned", "floor"))
    assert float(learned) > 10 * float(floor) > 0


@pytest.mark.long
def test_a_notebook_runs_in_jupyter(repository: Path, checkout: Path) -> None:
    notebook = jupytext.read(repository / "docs" / "notebooks" / "first_scheme.md")
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(checkout / "docs" / "notebooks")}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert any("libparamnet" in output.get("text", "") or "torchscript" in output.get("text", "") for output in outputs)
