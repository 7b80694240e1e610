"""An import with everything said but the network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paramnet.importing import ImportConfig
from paramnet.importing.config import EnvelopeTables, NormalizationTables
from paramnet.importing.tables import Table


@pytest.fixture
def tables() -> NormalizationTables:
    """Nothing subtracted, nothing divided."""
    return NormalizationTables(Table(constant=0.0), Table(constant=1.0), Table(constant=1.0))


@pytest.fixture
def import_config(tmp_path: Path, tables: NormalizationTables) -> Callable[..., ImportConfig]:
    """An import with everything said but the network; envelope 0 to 1, few columns."""

    def config(**keys: Any) -> ImportConfig:
        known: dict[str, Any] = {
            "contract": "plasim_convection",
            "output": str(tmp_path / "scheme.pt"),
            "normalization": tables,
            "envelope": EnvelopeTables(Table(constant=0.0), Table(constant=1.0)),
            "samples": 300,
        }
        return ImportConfig(**known | keys)

    return config
