"""Tangent and adjoint belong to each other on 10,000 real columns, for every shipped architecture and constraint."""

from pathlib import Path

import numpy as np
import pytest
from shipped_schemes import FEATURES, random_scheme
from test_real_budgets import KINDS, SETTINGS

from paramnet.bridge.adjoint_check import DOT_PRODUCTS, check_adjoint
from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.scheme.constraints import CONSTRAINT_KINDS
from paramnet.scheme.networks import ModelConfig
from real_columns import real_columns

pytestmark = pytest.mark.slow

SMALL = {"hidden": [64, 64], "width": 16, "depth": 2, "activation": "silu"}
ARCHITECTURES = [kind for kind in ModelConfig.parts if kind not in ("column_memory", "flow")]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> tuple[Contract, np.ndarray]:
    contract, inputs, _ = real_columns(shared_data / "climsim_low_res", 28)
    assert len(inputs) >= 10_000
    return contract, inputs[:10_240]


def require(path: Path, columns: np.ndarray, what: str) -> None:
    found = check_adjoint(path, columns, draws=1)
    print(what, {precision: max(each) for precision, each in found.dot_products.items()}, found.taylor, found.slope)
    for precision, bound in DOT_PRODUCTS.items():
        assert max(found.dot_products[precision]) <= bound
    assert found.tangent_is_right


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_an_architecture(built_bridge: Path, real: tuple[Contract, np.ndarray], tmp_path: Path, kind: str) -> None:
    contract, columns = real
    features = {name: FEATURES[name] for name in ("relative_humidity_over_liquid", "moist_buoyancy")}
    scheme = random_scheme(contract, columns, ModelConfig.read(SMALL | {"kind": kind}), features)
    write_artefact(scheme, contract_manifest(contract, ""), tmp_path / "scheme.pt")
    require(tmp_path / "scheme.pt", columns, kind)


@pytest.mark.parametrize("kind", CONSTRAINT_KINDS)
def test_a_constraint(built_bridge: Path, real: tuple[Contract, np.ndarray], tmp_path: Path, kind: str) -> None:
    contract, columns = real
    scheme = random_scheme(contract, columns, ModelConfig.read(SMALL | {"kind": "mlp"}), None, {kind: KINDS[kind]}, settings=SETTINGS)
    write_artefact(scheme, contract_manifest(contract, ""), tmp_path / "scheme.pt")
    require(tmp_path / "scheme.pt", columns, kind)
