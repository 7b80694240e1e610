"""Dependencies that are declared are imported, and the other way round."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

NOT_OF_THE_ENVIRONMENT = {"atheris", "keras"}  # of scripts that are run elsewhere


def imported(*folders: Path) -> set[str]:
    """Distributions from which the modules below some folders import."""
    distributions, found, paths = packages_distributions(), set(), [path for folder in folders for path in folder.rglob("*.py")]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    modules = found - sys.stdlib_module_names - {"paramnet"} - {path.stem for path in paths} - {path.parent.name for path in paths}
    return {canonical(name) for module in modules for name in distributions.get(module, [module])}


def canonical(requirement: str) -> str:
    """Name of a distribution, without version and extras."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def test_what_is_imported_is_declared_and_what_is_required_is_imported(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {canonical(name) for name in project["dependencies"]}
    extras = {group: {canonical(name) for name in names} for group, names in project["optional-dependencies"].items()}
    package = imported(repository / "src" / "paramnet")
    assert package <= required.union(*(names for group, names in extras.items() if group != "dev"))
    assert required <= package
    others = imported(*(repository / name for name in ("tests", "benchmarks", "data", "docs", "fortran_bridge")))
    assert others - NOT_OF_THE_ENVIRONMENT <= required.union(*extras.values())
