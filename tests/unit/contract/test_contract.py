"""The contract refuses what is ambiguous and names what differs."""

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
    "cam3_keras": (93, 60, 30),
    "cf_example": (17, 9, 8),
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


def test_climsim_grid_agrees_with_the_file_beside_the_data(shared_data) -> None:
    import netCDF4

    with netCDF4.Dataset(shared_data / "climsim_low_res" / "ClimSim_low-res_grid-info.nc") as grid:
        expected = grid["hyam"][:] * float(grid["P0"][...]) + grid["hybm"][:] * 98000.0
    np.testing.assert_allclose(Contract.from_yaml("climsim_v1").vertical_grid.pressure(98000.0), expected, rtol=1e-10)


def test_a_difference_is_named_with_both_values() -> None:
    contract = Contract.from_yaml("plasim_convection")
    table = copy.deepcopy(contract.to_dict())
    table["inputs"][1]["units"] = "1"
    with pytest.raises(ContractMismatch, match=r"inputs\[1\]\.units: expected 'kg kg-1' as in the store, got '1' in run.ckpt"):
        contract.require_same(Contract.from_dict(table), "the store", "run.ckpt")


def test_another_vertical_grid_is_another_contract() -> None:
    contract = Contract.from_yaml("plasim_convection")
    table = copy.deepcopy(contract.to_dict())
    table["vertical_grid"]["b_mid"][4] = 0.44
    with pytest.raises(ContractMismatch, match=r"vertical_grid\.b_mid\[4\]"):
        contract.require_same(Contract.from_dict(table), "the store", "the scheme")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("dims", ["level", "column"], "expected dims"),
        ("valid_range", [3, 1], "low < high"),
        ("time", {"level": "now", "method": "mean"}, "expected time level"),
    ],
)
def test_a_wrong_variable_row_says_what_is_expected(key: str, value: object, message: str) -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    table["inputs"][0][key] = value
    with pytest.raises(ParamnetError, match=message):
        Contract.from_dict(table)


def test_missing_surface_pressure_is_refused_because_level_masses_need_it() -> None:
    table = copy.deepcopy(Contract.from_yaml("plasim_convection").to_dict())
    table["inputs"] = [row for row in table["inputs"] if row["standard_name"] != "surface_air_pressure"]
    with pytest.raises(ParamnetError, match="surface_air_pressure"):
        Contract.from_dict(table)


def test_an_unknown_contract_names_the_shipped_ones() -> None:
    with pytest.raises(ParamnetError, match="climsim_v1"):
        Contract.from_yaml("climsim_v9")


def test_a_contract_may_extend_another_and_name_its_rows(tmp_path: Path) -> None:
    base = Contract.from_yaml("climsim_v1")
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: climsim_v1\noutputs: [precipitation_rate]\n")
    mine = Contract.from_yaml(tmp_path / "mine.yaml")
    assert (
        mine.inputs == base.inputs and [v.name for v in mine.outputs] == ["precipitation_rate"] and mine.vertical_grid == base.vertical_grid
    )


def test_an_extension_that_names_no_row_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: climsim_v1\noutputs: [rain]\n")
    with pytest.raises(
        ParamnetError, match=r"rain: expected a variable of contract climsim_v1, which mine\.yaml extends, got none; it has \["
    ):
        Contract.from_yaml(tmp_path / "mine.yaml")


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
def test_a_contract_in_other_units_than_si_is_refused(name: str, units: str, right: str) -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    next(row for row in (*table["inputs"], *table["outputs"]) if row["name"] == name)["units"] = units
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert (error.value.what, error.value.expected, error.value.got) == (name, f"units of SI, here {right!r}", repr(units))


def test_a_contract_in_units_nobody_knows_is_refused() -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    table["inputs"][0]["units"] = "widgets"
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert error.value.what == "air_temperature" and "widgets" in error.value.got


def test_rain_by_mass_does_not_become_watts_by_depth() -> None:
    table = copy.deepcopy(Contract.from_yaml("cf_example").to_dict())
    table["outputs"][1]["units"] = "kg m-2 s-1"
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert error.value.what == "convective_precipitation_rate.energy.factor water_flux"
    table["outputs"][1]["energy"] = {"factor": "latent", "mass_weighted": False}
    assert Contract.from_dict(table).outputs[1].units == "kg m-2 s-1"
