"""docs/reference/contract.md names every key, lists every shipped contract with its sizes, and its example is a contract."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from paramnet.contract import Contract
from paramnet.contract.variable import ENERGY_FACTORS, TIME_LEVELS, TIME_METHODS, Variable


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "contract.md").read_text()


def test_the_table_of_shipped_contracts_has_their_sizes(page: str, repository: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) → (\d+) \| (\d+) \| (\d+), (\d+) s", page, re.MULTILINE)
    documented = {name: tuple(map(int, sizes)) for name, *sizes in rows}
    shipped = {path.stem: Contract.from_yaml(path.stem) for path in (repository / "conf" / "contract").glob("*.yaml")}
    assert documented == {
        name: (contract.n_in, contract.n_out, contract.n_levels, int(contract.time_step), int(contract.tendency_interval))
        for name, contract in shipped.items()
    }


def test_every_key_of_a_contract_and_of_a_variable_is_documented(page: str) -> None:
    keys = {field.name for kind in (Contract, Variable) for field in dataclasses.fields(kind)} - {"time_level", "time_method"}
    assert [name for name in [*keys, *TIME_LEVELS, *TIME_METHODS, *ENERGY_FACTORS, "extends"] if f"`{name}`" not in page] == []


def test_the_documented_example_is_a_contract(page: str) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    contract = Contract.from_dict(yaml.safe_load(example))
    assert (contract.n_in, contract.n_out, contract.n_levels) == (3, 2, 2)
