"""Ambiguous contracts are refused, and differences between contracts are named."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

from paramnet.contract import Contract, ContractMismatch, ParamnetError

SHIPPED = {
    "plasim_convection": (53, 30, 10),
    "climsim_v1": (124, 128, 60),
    "climsim_v2": (557, 368, 60),
    "climsim_v4": (1525, 368, 60),
    "rasp2018": (94, 65, 30),
    "rasp2018_norad": (94, 61, 30),
    "rasp2018_plasim": (34, 25, 10),
    "rasp2018_plasim_fusion": (34, 26, 10),
    "cam3_keras": (93, 60, 30),
    "cf_example": (17, 9, 8),
    "lorenz96": (9, 1, 0),
}


def test_every_shipped_contract_is_in_the_table_above(repository: Path) -> None:
    assert {path.stem for path in (repository / "conf" / "contract").glob("*.yaml")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_contracts_have_their_published_widths(name: str) -> None:
    contract = Contract.from_yaml(name)
    assert (contract.n_in, contract.n_out, contract.n_levels) == SHIPPED[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_columns_tile_the_tensor_without_gap_or_overlap(name: str) -> None:
    contract = Contract.from_yaml(name)
    for columns, width in ((contract.input_columns, contract.n_in), (contract.output_columns, contract.n_out)):
        taken = np.concatenate([np.arange(width)[s] for s in columns.values()])
        np.testing.assert_array_equal(taken, np.arange(width))


def test_a_frozen_contract_is_the_same_contract() -> None:
    contract = Contract.from_yaml("rasp2018")
    again = Contract.from_dict(yaml.safe_load(yaml.safe_dump(contract.to_dict())))
    assert again == contract and again.digest == contract.digest


def test_climsim_grid_agrees_with_the_file_next_to_the_data(shared_data) -> None:
    import netCDF4

    with netCDF4.Dataset(shared_data / "climsim_low_res" / "ClimSim_low-res_grid-info.nc") as grid:
        expected = grid["hyam"][:] * float(grid["P0"][...]) + grid["hybm"][:] * 98000.0
    np.testing.assert_allclose(Contract.from_yaml("climsim_v1").vertical_grid.pressure(98000.0), expected, rtol=1e-10)


def test_a_difference_is_named_with_both_values() -> None:
    contract = Contract.from_yaml("plasim_convection")
    table = copy.deepcopy(contract.to_dict())
    table["inputs"][1]["units"] = "1"
    with pytest.raises(ContractMismatch) as refused:
        contract.require_same(Contract.from_dict(table), "the store", "run.ckpt")
    error = refused.value
    assert (error.what, error.expected, error.got, error.where) == ("inputs[1].units", "'kg kg-1' as in the store", "'1'", "run.ckpt")
    assert str(error).startswith("inputs[1].units: expected 'kg kg-1' as in the store, got '1' in run.ckpt; use files")


def test_another_vertical_grid_is_another_contract() -> None:
    contract = Contract.from_yaml("plasim_convection")
    table = copy.deepcopy(contract.to_dict())
    table["vertical_grid"]["b_mid"][4] = 0.44
    with pytest.raises(ContractMismatch) as refused:
        contract.require_same(Contract.from_dict(table), "the store", "the scheme")
    assert (refused.value.what, refused.value.got) == ("vertical_grid.b_mid[4]", "0.44")


@pytest.mark.parametrize(
    ("key", "value", "expected", "got"),
    [
        ("dims", ["level", "column"], "[column, level] or [column]", "['level', 'column']"),
        ("valid_range", [3, 1], "low < high", "[3.0, 1.0]"),
        ("time", {"level": "now", "method": "mean"}, "before_physics", "'now' and 'mean'"),
    ],
)
def test_a_wrong_variable_row_is_refused_with_the_expected_value(key: str, value: object, expected: str, got: str) -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    table["inputs"][0][key] = value
    with pytest.raises(ParamnetError) as refused:
        Contract.from_dict(table)
    assert refused.value.what == f"air_temperature.{key}" and expected in refused.value.expected and refused.value.got == got


def test_missing_and_unknown_keys_are_listed() -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    row = table["inputs"][0]
    row["unit"] = row.pop("units")
    with pytest.raises(ParamnetError) as refused:
        Contract.from_dict(table, "contract mine.yaml")
    assert refused.value.what == "inputs[0]: variable 'air_temperature'" and refused.value.where == "contract mine.yaml"
    assert refused.value.got == "no units and the unknown 'unit'"
    table["grid"] = table.pop("vertical_grid")
    with pytest.raises(ParamnetError) as refused:
        Contract.from_dict(table, "contract mine.yaml")
    assert (refused.value.what, refused.value.got) == ("contract 'plasim_convection'", "no vertical_grid and the unknown 'grid'")


def test_a_repeated_variable_is_named() -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    table["inputs"].append(table["inputs"][0])
    with pytest.raises(ParamnetError) as refused:
        Contract.from_dict(table)
    assert (refused.value.what, refused.value.got) == ("contract plasim_convection: inputs", "['air_temperature'] repeated")


def test_missing_surface_pressure_is_refused_because_level_masses_need_it() -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    table["inputs"] = [row for row in table["inputs"] if row["standard_name"] != "surface_air_pressure"]
    with pytest.raises(ParamnetError) as refused:
        Contract.from_dict(table)
    assert refused.value.what == "contract plasim_convection: inputs" and "surface_air_pressure" in refused.value.expected


def test_an_unknown_contract_names_the_shipped_ones() -> None:
    with pytest.raises(ParamnetError) as refused:
        Contract.from_yaml("climsim_v9")
    assert refused.value.what == "contract 'climsim_v9'" and "climsim_v1" in refused.value.expected
    assert refused.value.got == "no file climsim_v9.yaml"


@pytest.mark.parametrize(("text", "got"), [("", "None"), ("3", "3"), ("[name, inputs]", "a list of 2")])
def test_a_file_that_is_not_a_table_is_refused(tmp_path: Path, text: str, got: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ParamnetError) as refused:
        Contract.from_yaml(tmp_path / "mine.yaml")
    assert (refused.value.what, refused.value.got) == (f"contract {tmp_path / 'mine.yaml'}", got)


def test_a_contract_may_extend_another_and_name_its_rows(tmp_path: Path) -> None:
    base = Contract.from_yaml("climsim_v1")
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: climsim_v1\noutputs: [precipitation_rate]\n")
    mine = Contract.from_yaml(tmp_path / "mine.yaml")
    assert (
        mine.inputs == base.inputs and [v.name for v in mine.outputs] == ["precipitation_rate"] and mine.vertical_grid == base.vertical_grid
    )


def test_an_extension_that_names_an_unknown_row_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: climsim_v1\noutputs: [rain]\n")
    with pytest.raises(ParamnetError) as refused:
        Contract.from_yaml(tmp_path / "mine.yaml")
    assert (refused.value.what, refused.value.got, refused.value.where) == ("outputs", "'rain'", "mine.yaml")
    assert "climsim_v1" in refused.value.expected and "precipitation_rate" in refused.value.expected


@pytest.mark.parametrize(
    ("name", "units", "right"),
    [
        ("air_temperature", "degC", "K"),
        ("surface_air_pressure", "hPa", "Pa"),
        ("specific_humidity", "g/kg", "kg kg-1"),
        ("air_temperature", "K @ 10", "K"),
        ("convective_precipitation_rate", "mm/day", "m s-1"),
    ],
)
def test_a_contract_in_units_other_than_si_is_refused(name: str, units: str, right: str) -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    next(row for row in (*table["inputs"], *table["outputs"]) if row["name"] == name)["units"] = units
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert (error.value.what, error.value.expected, error.value.got) == (name, f"SI units, here {right!r}", repr(units))


def test_a_contract_in_unknown_units_is_refused() -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    table["inputs"][0]["units"] = "widgets"
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert error.value.what == "air_temperature" and "widgets" in error.value.got


def test_rain_by_mass_is_not_converted_to_watts_as_rain_by_depth() -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    table["outputs"][1]["units"] = "kg m-2 s-1"
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert error.value.what == "convective_precipitation_rate.energy.factor water_flux"
    table["outputs"][1]["energy"] = {"factor": "latent", "mass_weighted": False}
    assert Contract.from_dict(table).outputs[1].units == "kg m-2 s-1"
