"""Vertical grids by pressure, by height and without levels."""

import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError, VerticalGrid

HEIGHTS = {"kind": "height", "order": "top_first", "height": [9000.0, 3000.0, 500.0]}


def test_lists_in_a_file_may_be_from_the_ground_up() -> None:
    contract = Contract.from_yaml("rasp2018").to_dict()
    grid = contract["vertical_grid"]
    upward = {key: values[::-1] if isinstance(values, list) else values for key, values in grid.items()} | {"order": "bottom_first"}
    assert Contract.from_dict(contract | {"vertical_grid": upward}).digest == Contract.from_dict(contract).digest
    rising = HEIGHTS | {"height": HEIGHTS["height"][::-1], "order": "bottom_first"}
    assert VerticalGrid.from_dict(rising).to_dict() == HEIGHTS


def test_heights_have_levels_but_no_pressure() -> None:
    grid = VerticalGrid.from_dict(HEIGHTS)
    assert (grid.n_levels, grid.has_pressure) == (3, False)
    assert (grid.coordinate.name, grid.coordinate.units, grid.coordinate.key) == ("height", "km", "height_km")
    np.testing.assert_allclose(grid.coordinate.interface, [12.0, 6.0, 1.75, -0.75])
    with pytest.raises(ParamnetError) as error:
        grid.pressure_thickness(1e5)
    assert (error.value.what, error.value.got) == ("vertical_grid", "kind 'height'")


def test_a_grid_without_levels_is_its_kind() -> None:
    grid = VerticalGrid.from_dict({"kind": "none", "order": "top_first"})
    assert grid.n_levels == 0 and grid.to_dict() == {"kind": "none", "order": "top_first"}


def test_pressure_is_drawn_in_hectopascal() -> None:
    grid = Contract.from_yaml("rasp2018").vertical_grid
    np.testing.assert_array_equal(grid.coordinate.middle, grid.pressure(1e5) / 100)
    assert grid.coordinate.key == "pressure_hpa"


@pytest.mark.parametrize(
    ("change", "what", "got"),
    [
        ({"height": [500.0, 3000.0]}, "vertical_grid.height", "[500.0, 3000.0]"),
        ({"height": []}, "vertical_grid.height", "[]"),
        ({"order": "sideways"}, "vertical_grid", "'height' and 'sideways'"),
        ({"kind": "theta"}, "vertical_grid", "no a_mid, b_mid, a_interface, b_interface"),
        ({"kind": "sigma"}, "vertical_grid", "no a_mid, b_mid, a_interface, b_interface"),
    ],
)
def test_other_heights_orders_and_kinds_are_refused(change: dict, what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as error:
        VerticalGrid.from_dict(HEIGHTS | change)
    assert (error.value.what, error.value.got) == (what, got)
