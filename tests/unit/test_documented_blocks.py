"""Blocks of Python and YAML, targets of make and scripts in the documentation are what they say."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

import paramnet

REPOSITORY = Path(__file__).parents[2]
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
PAGES = [
    path
    for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "fortran_bridge/**/*.md")
    for path in sorted(REPOSITORY.glob(pattern))
    if "generated" not in path.parts
]


def blocks(language: str) -> list[tuple[str, str]]:
    """Page and text of each block of a language, without the indentation of the list it is in."""
    found = []
    for page in PAGES:
        for indentation, named, body in FENCED.findall(page.read_text(encoding="utf-8")):
            if named == language:
                found.append((page.relative_to(REPOSITORY).as_posix(), re.sub(rf"^{indentation}", "", body, flags=re.MULTILINE)))
    return found


def names_used(code: str) -> list[tuple[str, str]]:
    """Module and name of every import from paramnet, and of attributes of paramnet itself."""
    tree = list(ast.walk(ast.parse(code)))
    imported = [node for node in tree if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "paramnet"]
    used = [(str(node.module), alias.name) for node in imported for alias in node.names]
    attributes = [node for node in tree if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return used + [("paramnet", node.attr) for node in attributes if node.value.id == "paramnet"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_a_block_of_python_uses_names_that_exist(page: str, code: str) -> None:
    assert [name for name in names_used(code) if not hasattr(importlib.import_module(name[0]), name[1])] == []


def test_blocks_of_python_use_the_public_functions() -> None:
    used = {name for _, code in blocks("python") for module, name in names_used(code) if module == "paramnet"}
    assert {"preprocess", "train", "export"} <= used <= set(paramnet.__all__)


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_a_block_of_yaml_is_a_table(page: str, text: str) -> None:
    assert isinstance(yaml.safe_load(text), dict)


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    benchmarks = {f"bench-{path.stem.removeprefix('bench_')}" for path in (REPOSITORY / "benchmarks").glob("bench_*.py")}
    named = {
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"(?:^|`|&& )(?:\w+=\S+ )*make ([a-z][a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert [(page, target) for page, target in named if target not in targets | benchmarks] == []


def test_every_script_exists() -> None:
    named = {script for page in PAGES for script in re.findall(r"python ((?:\w+/)+\w+\.py)", page.read_text(encoding="utf-8"))}
    assert len(named) >= 3
    assert [script for script in named if not (REPOSITORY / script).is_file()] == []
