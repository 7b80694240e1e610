"""The architecture page shows the packages in the order that the import contract has."""

import re
import tomllib
from pathlib import Path


def layers_of_the_contract(repository: Path) -> list[set[str]]:
    contracts = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [{name.strip().removeprefix("paramnet.") for name in layer.split("|")} for layer in layers]


def test_table_and_picture_have_the_layers_of_the_import_contract(repository: Path) -> None:
    layers = layers_of_the_contract(repository)
    page = (repository / "docs" / "developer" / "architecture.md").read_text()
    table = page.split("| layer, top first |")[1].split("\n\n")[0]
    rows = [set(re.findall(r"`([a-z]+)`", line.split("|")[1])) for line in table.splitlines()[2:]]
    assert rows == layers
    picture = page.split("```mermaid")[1].split("```")[0]
    drawn = re.search(r"^  (api --> .*)$", picture, re.MULTILINE)
    assert drawn is not None
    chain = drawn[1].split(" --> ")
    assert len(chain) == len(layers) and all(name in layer for name, layer in zip(chain, layers, strict=True))
    assert all(re.search(rf"\b{name}\[", picture) for layer in layers for name in layer)


def test_every_package_is_in_a_layer(repository: Path) -> None:
    packages = {path.parent.name for path in (repository / "src" / "paramnet").glob("*/__init__.py")}
    assert packages - {"conf"} == set().union(*layers_of_the_contract(repository))
