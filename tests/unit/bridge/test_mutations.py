"""The table of `make test-mutations` fits the sources: each check that it takes out is there, once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

LIBRARY = Path(__file__).resolve().parents[3] / "fortran_bridge" / "library"
TABLE = yaml.safe_load((LIBRARY / "tests" / "mutations" / "table.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=[row["case"] for row in TABLE])
def test_a_check_is_in_the_sources_once(row: dict) -> None:
    source = (LIBRARY / row["file"]).read_text(encoding="utf-8")
    texts = (row["text"], *row.get("also", {}))
    assert {text: source.count(text) for text in texts} == dict.fromkeys(texts, 1)
