"""A package uses of another only the names that a package or module lists in ``__all__``, and modules list no others."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "src" / "paramnet"
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}


def parsed() -> dict[str, ast.Module]:
    """The syntax tree of each module, by its import path."""
    trees = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        trees[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def listed(tree: ast.Module) -> set[str]:
    """The names in ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def used_elsewhere(trees: dict[str, ast.Module]) -> set[tuple[str, str, str]]:
    """(module, name, importing module) of imports from another package of paramnet."""
    found = set()
    for importer, tree in trees.items():
        package = importer.split(".")[1] if "." in importer else ""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module in trees and node.level == 0:
                other = [*node.module.split("."), ""][1]
                if other in PACKAGES and other != package:
                    found |= {(node.module, alias.name, importer) for alias in node.names}
    return found


def test_no_package_reaches_past_the_names_that_another_lists() -> None:
    trees = parsed()
    assert len(trees) > 300
    reaching = [use for use in used_elsewhere(trees) if use[1] not in listed(trees[use[0]])]
    assert not reaching


def test_a_module_lists_only_names_that_other_packages_use() -> None:
    trees = parsed()
    used = {use[:2] for use in used_elsewhere(trees)}
    packages = {str(path.parent.relative_to(ROOT.parent)).replace("/", ".") for path in ROOT.rglob("__init__.py")}
    shown = {"paramnet.hosts.plasim.run"}  # for benchmarks
    spare = [(name, one) for name in trees.keys() - packages - shown for one in listed(trees[name]) if (name, one) not in used]
    assert not spare
