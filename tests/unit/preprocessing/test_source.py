"""The shipped sources, and invalid ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from paramnet.contract import Contract, ParamnetError
from paramnet.contract.units import conversion
from paramnet.preprocessing import preprocess
from paramnet.sources import SourceConfig
from paramnet.store import open_store


@pytest.fixture
def write_source(tmp_path: Path, repository: Path) -> Any:
    """Return a function that writes a shipped source with ``edit`` applied to its table, and returns the path."""

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
    # cf_example and lorenz96 take their units from the files: test_cf.py and test_testbed.py read some
    assert {source for source, _ in SERVED} | {"cf_example", "lorenz96"} == {
        path.stem for path in (repository / "conf" / "source").glob("*.yaml")
    }


def test_an_unknown_source_lists_the_shipped_ones() -> None:
    with pytest.raises(ParamnetError) as refused:
        SourceConfig.from_yaml("icon")
    assert refused.value.got == "'icon'" and "['cf_example', 'climsim', 'lorenz96', 'plasim', 'spcam']" in refused.value.expected


# source, change, `what` of the error, `got` of the error
BAD_SOURCES = {
    "units given nowhere": ("plasim", lambda t: t["units"].pop("air_temperature"), "air_temperature", "none"),
    "units given twice": ("spcam", lambda t: t["unit_overrides"].update(TAP="K"), "TAP", "units in both"),
    "an unknown rule": (
        "plasim",
        lambda t: t["variables"]["air_temperature"].update(rule="guess"),
        "source variable air_temperature: rule",
        "'guess'",
    ),
    "a rate that is missing": (
        "spcam",
        lambda t: t["variables"]["air_temperature"].update(rate=""),
        "source variable TAP: rate",
        "'' with the rule before_physics",
    ),
    "an unknown reader": ("plasim", lambda t: t.update(reader="grib"), "source plasim.reader", "'grib'"),
    "pairs without names": ("climsim", lambda t: t.update(pair=[]), "source climsim.pair", "[] with the reader step_pairs"),
    "tendencies without pairs": (
        "plasim",
        lambda t: t["variables"]["air_temperature"].update(rule="tendency"),
        "source plasim.variables.air_temperature",
        "history",
    ),
    "a standard name without the reader that looks for it": (
        "plasim",
        lambda t: (
            t["variables"]["air_temperature"].update(name="", standard_name="x"),
            t["units"].update({"standard_name:x": t["units"].pop("air_temperature")}),
        ),
        "source plasim.variables.air_temperature",
        "standard_name 'x', which only the reader cf looks up",
    ),
    "no vertical grid": ("plasim", lambda t: t["grid"].update(sigma_interface=""), "source grid", "none"),
    "two vertical grids": (
        "plasim",
        lambda t: t["grid"].update(vertical_of_contract=True),
        "source grid",
        "sigma_interface, vertical_of_contract",
    ),
    "an unknown order of levels": ("plasim", lambda t: t["dims"].update(order="random"), "source dims.order", "'random'"),
    "no time": ("plasim", lambda t: t["time"].update(variable=""), "source time", "none"),
}


@pytest.mark.parametrize("case", BAD_SOURCES)
def test_a_source_is_refused_for(case: str, write_source: Any) -> None:
    name, edit, what, got = BAD_SOURCES[case]
    with pytest.raises(ParamnetError) as refused:
        SourceConfig.from_yaml(write_source(name, edit))
    assert (refused.value.what, refused.value.got) == (what, got)


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
