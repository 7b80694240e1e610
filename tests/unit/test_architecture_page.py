"""The architecture page shows the packages in the order that the import contract has."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


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
    assert "](../figures/architecture.svg)" in page
    assert layers_of_the_picture(repository / "docs" / "figures" / "architecture.svg") == layers


def layers_of_the_picture(path: Path) -> list[set[str]]:
    """The bold words of the group ``layers``, by the height at which they are written, from the top."""
    group = next(one for one in ElementTree.parse(path).iter(f"{SVG}g") if one.get("id") == "layers")
    rows: dict[float, set[str]] = {}
    for text in group.iter(f"{SVG}text"):
        name = text.find(f"{SVG}tspan[@font-weight='bold']")
        assert name is not None and name.text
        rows.setdefault(float(text.attrib["y"]), set()).add(name.text)
    return [rows[height] for height in sorted(rows)]


def test_every_package_is_in_a_layer(repository: Path) -> None:
    packages = {path.parent.name for path in (repository / "src" / "paramnet").glob("*/__init__.py")}
    assert packages - {"conf"} == set().union(*layers_of_the_contract(repository))
