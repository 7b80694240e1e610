"""An import with everything configured but the network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from paramnet.contract import Contract
from paramnet.importing import ImportConfig
from paramnet.importing.config import EnvelopeTables, NormalizationTables
from paramnet.importing.tables import Table


@pytest.fixture
def tables() -> NormalizationTables:
    """Nothing subtracted, nothing divided."""
    return NormalizationTables(Table(constant=0.0), Table(constant=1.0), Table(constant=1.0))


@pytest.fixture
def wide_contract(tmp_path: Path) -> Path:
    """plasim_convection with valid ranges that include columns between 0 and 1."""
    table = Contract.from_yaml("plasim_convection").to_dict()
    for row in (*table["inputs"], *table["outputs"]):
        row["valid_range"] = [-1e6, 1e6]
    path = tmp_path / "wide.yaml"
    path.write_text(yaml.safe_dump(table, sort_keys=False))
    return path


@pytest.fixture
def import_config(tmp_path: Path, wide_contract: Path, tables: NormalizationTables) -> Callable[..., ImportConfig]:
    """An import with everything configured but the network; envelope 0 to 1, few columns."""

    def config(**keys: Any) -> ImportConfig:
        known: dict[str, Any] = {
            "contract": str(wide_contract),
            "output": str(tmp_path / "scheme.pt"),
            "normalization": tables,
            "envelope": EnvelopeTables(Table(constant=0.0), Table(constant=1.0)),
            "samples": 300,
        }
        return ImportConfig(**known | keys)

    return config
