"""What a host must remember for a scheme."""

from paramnet.contract import Contract, Remembered, remembered
from paramnet.export.manifest import contract_manifest
from paramnet.normalization import InputConfig, shown_inputs
from paramnet.preprocessing.derived_inputs import extend


def test_previous_tendencies_are_kept_from_the_schemes_own_outputs() -> None:
    rows = {row.input: row for row in remembered(Contract.from_yaml("climsim_v4"))}
    name = "tendency_of_air_temperature"
    assert rows[f"previous_{name}"] == Remembered(f"previous_{name}", name, 1, "output")
    assert rows[f"earlier_{name}"] == Remembered(f"earlier_{name}", name, 2, "output")
    assert rows["previous_surface_air_pressure"] == Remembered("previous_surface_air_pressure", "surface_air_pressure", 1, "input")
    assert rows["surface_upward_latent_heat_flux"].source == "host"


def test_a_scheme_without_memory_asks_for_no_more_than_the_hosts_fluxes() -> None:
    assert {row.source for row in remembered(Contract.from_yaml("climsim_v1"))} == {"host"}
    assert remembered(Contract.from_yaml("plasim_convection")) == []


def test_memory_asked_for_at_preprocessing_reaches_the_manifest() -> None:
    contract = extend(Contract.from_yaml("plasim_convection"), ["previous_tendency_of_air_temperature_due_to_convection"])
    assert contract_manifest(contract, "")["memory"] == [
        {
            "input": "previous_tendency_of_air_temperature_due_to_convection",
            "of": "tendency_of_air_temperature_due_to_convection",
            "steps": 1,
            "source": "output",
        }
    ]


def test_memory_may_be_left_out_of_training() -> None:
    contract = extend(Contract.from_yaml("climsim_v1"), ["previous_tendency_of_air_temperature", "previous_air_temperature"])
    shown = shown_inputs(InputConfig(memory=False), contract)
    hidden = [name for name, columns in contract.input_columns.items() if not shown[columns].any()]
    assert hidden == ["previous_tendency_of_air_temperature", "previous_air_temperature"]
    assert shown[contract.input_columns["surface_upward_latent_heat_flux"]].all()
