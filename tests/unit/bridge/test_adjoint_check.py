"""Dot products and Taylor ratios of the shipped architectures, and the command that shows them."""

from pathlib import Path

import numpy as np
import pytest
from test_derivatives import CASES, written

from paramnet.bridge.adjoint_check import DOT_PRODUCTS, AdjointCheck, check_adjoint
from paramnet.cli.main import main
from paramnet.contract import Contract

SMOOTH = ("column_unet", "column_bilstm", "column_transformer")


@pytest.mark.parametrize("case", CASES)
def test_dot_products_agree_and_the_taylor_ratio_tends_to_one(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, case: str
) -> None:
    path = written(case, convection, convection_columns, tmp_path)[1]
    found = check_adjoint(path, convection_columns[:400], draws=2)
    print(case, {precision: max(each) for precision, each in found.dot_products.items()}, found.taylor, found.slope)
    for precision, bound in DOT_PRODUCTS.items():
        assert max(found.dot_products[precision]) <= bound
    assert found.adjoint_is_right and found.tangent_is_right
    if case in SMOOTH:
        assert found.slope == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("smallest", "right"), [(1 + 1e-10, True), (1 + 1e-9 * 500, True), (1 + 1e-5 * 20, False), (0.9, False)])
def test_a_ratio_that_stays_away_from_one_is_wrong(smallest: float, right: bool) -> None:
    taylor = {1e-2: 1.01, 1e-3: 1.001, 1e-4: 1.0001, 1e-5: 1.00001, 1e-6: 1.000001, 1e-7: smallest}
    assert AdjointCheck(1, {"float64": [0.0]}, taylor, None).tangent_is_right is right


@pytest.mark.parametrize(("difference", "right"), [(1e-13, True), (1e-11, False)])
def test_dot_products_that_differ_are_wrong(difference: float, right: bool) -> None:
    assert AdjointCheck(1, {"float64": [0.0, difference]}, {}, None).adjoint_is_right is right


def test_the_command_shows_both_tests(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = written("linear", convection, convection_columns, tmp_path)[1]
    np.save(tmp_path / "columns.npy", convection_columns[:100])
    assert command("check-adjoint", str(small), "--columns", str(tmp_path / "columns.npy")) == 0
    shown = capsys.readouterr().out
    assert "dot products, 100 columns" in shown and "Taylor ratio" in shown
    assert command("check-adjoint", str(small), "--columns", str(tmp_path / "none.npy")) == 1
    assert command("check-adjoint", str(small)) == 1  # it has no range from which columns could be drawn
    assert "--columns" in capsys.readouterr().err


def command(*words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["paramnet", *words])
        return main()
