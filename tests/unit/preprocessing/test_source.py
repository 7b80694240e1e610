"""The shipped sources, and descriptions that make no sense."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from paramnet.contract import Contract, ParamnetError
from paramnet.contract.units import conversion
from paramnet.preprocessing import SourceConfig, preprocess
from paramnet.store import open_store


@pytest.fixture
def write_source(tmp_path: Path, repository: Path) -> Any:
    """Writes a shipped source with ``edit`` applied to its table; returns the path."""

    def write(name: str, edit: Any) -> Path:
        table = yaml.safe_load((repository / "conf" / "source" / f"{name}.yaml").read_text())
        edit(table)
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(table))
        return tmp_path / "mine.yaml"

    return write


SERVED = [
    ("plasim", "plasim_convection"),
    ("climsim", "climsim_v1"),
    ("climsim", "climsim_v2"),
    ("climsim", "climsim_v4"),
    ("spcam", "rasp2018"),
    ("spcam", "rasp2018_norad"),
]


@pytest.mark.parametrize(("name", "contract_name"), SERVED)
def test_a_shipped_source_serves_its_contracts_in_convertible_units(name: str, contract_name: str) -> None:
    source, contract = SourceConfig.from_yaml(name), Contract.from_yaml(contract_name)
    source.require(contract)
    for variable in (*contract.inputs, *contract.outputs):
        for term in source.variables[variable.name].terms:
            wanted = variable.units + {0: "", 1: " s-1", -1: " s"}[term.time_power]
            assert conversion(source.true_units(term.name), wanted, term.name) == (1.0, 0.0)


def test_every_shipped_source_is_in_the_table_above(repository: Path) -> None:
    # cf_example takes its units from the files: test_cf.py reads some
    assert {source for source, _ in SERVED} | {"cf_example"} == {path.stem for path in (repository / "conf" / "source").glob("*.yaml")}


def test_an_unknown_source_lists_the_shipped_ones() -> None:
    with pytest.raises(ParamnetError, match=r"no file icon\.yaml; expected one of \['cf_example', 'climsim', 'plasim', 'spcam'\]"):
        SourceConfig.from_yaml("icon")


BAD_SOURCES = {
    "units given nowhere": ("plasim", lambda t: t["units"].pop("air_temperature"), "expected units of air_temperature in `units` or in"),
    "units given twice": ("spcam", lambda t: t["unit_overrides"].update(TAP="K"), "expected units of TAP .* got it in both or none"),
    "an unknown rule": ("plasim", lambda t: t["variables"]["air_temperature"].update(rule="guess"), "expected rule in"),
    "a rate that is missing": (
        "spcam",
        lambda t: t["variables"]["air_temperature"].update(rate=""),
        "`rate` belongs to the rule before_physics",
    ),
    "an unknown reader": ("plasim", lambda t: t.update(reader="grib"), r"expected reader in \['history', 'step_pairs', 'cf'\], got 'grib'"),
    "pairs without names": ("climsim", lambda t: t.update(pair=[]), "`pair` takes two parts of a file name"),
    "tendencies without pairs": (
        "plasim",
        lambda t: t["variables"]["air_temperature"].update(rule="tendency"),
        "air_temperature needs before and after files",
    ),
    "no vertical grid": ("plasim", lambda t: t["grid"].update(sigma_interface=""), "give `sigma_interface`, or `vertical`, or all of"),
    "an unknown order of levels": ("plasim", lambda t: t["dims"].update(order="random"), r"expected order top_first\|bottom_first"),
    "no time": ("plasim", lambda t: t["time"].update(variable=""), "give `variable`, or all of"),
}


@pytest.mark.parametrize("case", BAD_SOURCES)
def test_a_source_is_refused_for(case: str, write_source: Any) -> None:
    name, edit, message = BAD_SOURCES[case]
    with pytest.raises(ParamnetError, match=message):
        SourceConfig.from_yaml(write_source(name, edit))


def test_a_bottom_first_source_in_other_units_gives_the_same_samples(
    plasim_record: Any, configure: Any, write_source: Any, tmp_path: Path
) -> None:
    plasim_record()
    expected = open_store(preprocess(configure("plasim")))

    def turn(dataset: Any) -> None:
        for variable in dataset.variables.values():
            if "lev" in variable.dimensions and variable.ndim == 4:
                variable[:] = variable[:, ::-1]
        dataset.sigma_interface = dataset.sigma_interface[::-1]
        dataset["surface_air_pressure"][:] = dataset["surface_air_pressure"][:] / 100
        dataset["surface_air_pressure"].units = "hPa"

    plasim_record(edit=turn)

    def describe(table: dict[str, Any]) -> None:
        table["dims"]["order"] = "bottom_first"
        table["units"]["surface_air_pressure"] = "hPa"

    source = SourceConfig.from_yaml(write_source("plasim", describe))
    got = open_store(preprocess(configure(source, store=str(tmp_path / "turned"))))
    np.testing.assert_allclose(got.split("test").inputs[:], expected.split("test").inputs[:], rtol=2e-7)
    np.testing.assert_array_equal(got.split("test").outputs[:], expected.split("test").outputs[:])
