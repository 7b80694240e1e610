"""Inputs that a host must keep from earlier steps."""

from paramnet.contract import Contract, Remembered, remembered
from paramnet.exporting.manifest import contract_manifest
from paramnet.scheme.normalization import InputConfig, shown_inputs
from paramnet.sources.derived_inputs import extend


def test_previous_tendencies_come_from_the_outputs_of_the_scheme() -> None:
    rows = {row.input: row for row in remembered(Contract.from_yaml("climsim_v4"))}
    name = "tendency_of_air_temperature"
    assert rows[f"previous_{name}"] == Remembered(f"previous_{name}", name, 1, "output")
    assert rows[f"earlier_{name}"] == Remembered(f"earlier_{name}", name, 2, "output")
    assert rows["previous_surface_air_pressure"] == Remembered("previous_surface_air_pressure", "surface_air_pressure", 1, "input")
    assert rows["surface_upward_latent_heat_flux"].source == "host"


def test_a_scheme_without_memory_needs_only_the_fluxes_of_the_host() -> None:
    assert {row.source for row in remembered(Contract.from_yaml("climsim_v1"))} == {"host"}
    assert remembered(Contract.from_yaml("plasim_convection")) == []


def test_memory_requested_at_preprocessing_is_in_the_manifest() -> None:
    contract = extend(Contract.from_yaml("plasim_convection"), ["previous_tendency_of_air_temperature_due_to_convection"])
    assert contract_manifest(contract, "")["memory"] == [
        {
            "input": "previous_tendency_of_air_temperature_due_to_convection",
            "of": "tendency_of_air_temperature_due_to_convection",
            "steps": 1,
            "source": "output",
        }
    ]


def test_memory_can_be_hidden_in_training() -> None:
    contract = extend(Contract.from_yaml("climsim_v1"), ["previous_tendency_of_air_temperature", "previous_air_temperature"])
    shown = shown_inputs(InputConfig(memory=False), contract)
    hidden = [name for name, columns in contract.input_columns.items() if not shown[columns].any()]
    assert hidden == ["previous_tendency_of_air_temperature", "previous_air_temperature"]
    assert shown[contract.input_columns["surface_upward_latent_heat_flux"]].all()
