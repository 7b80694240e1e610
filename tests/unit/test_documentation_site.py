"""The pages of the site that are made from the code have every command, key, public name, procedure, function and status."""

import importlib
import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

import c_pages
import command_pages
import fortran_pages
import python_pages
from paramnet.cli.advice import dotted
from paramnet.cli.config import composed
from paramnet.cli.keys import every_key, groups_of
from paramnet.cli.main import COMMANDS

CONFIGURED = [name for name, command in COMMANDS.items() if command.configured and name != "host"]
ROW = re.compile(r"^\| ``?(.+?)``? \| (.*?) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def commands() -> dict[str, str]:
    return command_pages.pages()


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Default and meaning of each key in the tables of a page."""
    return {name: (default, meaning) for name, default, meaning in ROW.findall(page) if name != "key"}


def test_every_command_has_a_page(commands: dict[str, str]) -> None:
    assert {name.removeprefix("commands/") for name in commands if name.startswith("commands/")} == COMMANDS.keys()
    assert all(command.summary.split(" (")[0][:20] in commands[f"commands/{name}"].replace("\\", "") for name, command in COMMANDS.items())


@pytest.mark.parametrize("command", [name for name in CONFIGURED if name != "run"])
def test_every_key_that_hydra_composes_is_on_the_page_of_its_command(commands: dict[str, str], command: str) -> None:
    config = composed(command, [])
    plain = OmegaConf.to_container(OmegaConf.masked_copy(config, [key for key in config if key != "hydra"]))
    tables = {name for key in dotted(plain) for name in [key.rpartition(".")[0]]}
    leaves = set(dotted(plain)) - tables
    assert len(leaves) > 5
    assert leaves - rows(commands[f"commands/{command}"]).keys() == set()


@pytest.mark.parametrize("command", CONFIGURED)
def test_every_key_of_every_choice_is_on_the_page_of_its_group(commands: dict[str, str], command: str) -> None:
    pages = [commands[f"commands/{command}"]]
    pages += [page for group in groups_of(command) for name, page in commands.items() if re.fullmatch(rf"groups/{group}(-\w+)?", name)]
    known = {name for page in pages for name in rows(page)}
    tables = {key.rpartition(".")[0] for key in every_key(command)}
    tables |= {table.rpartition(".")[0] for table in tables}
    leaves = {key for key, default in every_key(command).items() if default}
    assert leaves - known - tables == set()


def test_default_and_meaning_are_those_of_the_yaml(commands: dict[str, str]) -> None:
    assert rows(commands["commands/train"])["trainer.batch_size"] == ("`1024`", "of all processes together")
    assert rows(commands["commands/train"])["store"] == ("required", "made by paramnet preprocess")
    assert rows(commands["groups/trainer-schedule"])["trainer.schedule.warmup"][0] in ("`0.05`", "`0.1`")
    assert rows(commands["commands/host"]).keys() == {"build", "ranks", "rank_independent"}


def test_every_key_has_a_meaning_but_names_in_files_and_namelists_of_others(commands: dict[str, str]) -> None:
    others = ("source.", "host.", "names.", "constants.", "stages.", "measures.", "summary.")
    keys = {name: rows(page) for name, page in commands.items() if name.startswith("commands/")}
    assert {
        (page, key) for page, known in keys.items() for key, (_, meaning) in known.items() if not meaning and not key.startswith(others)
    } == set()


def test_a_pipe_in_a_comment_does_not_end_the_cell(commands: dict[str, str]) -> None:
    assert rows(commands["commands/train"])["model.activation"][1].replace("\\", "") == "leaky_relu | relu | gelu | silu"


@pytest.mark.parametrize(("name", "file", "least"), [("api/c", c_pages.HEADER, 30), ("api/c_record", c_pages.RECORD_HEADER, 10)])
def test_every_function_of_a_header_is_described(repository: Path, name: str, file: str, least: int) -> None:
    page = c_pages.pages(repository)[name]
    names = c_pages.functions((repository / file).read_text())
    assert len(names) > least
    described = {}
    for group in re.findall(r"(?::::\{c:function\} .*\n\n\n:::\n\n)*:::\{c:function\} .*\n\n(?!\n).*", page):
        described |= dict.fromkeys(re.findall(r"(\w+)\((?:const|int|paramnet|void|double)", group))
    assert set(names) - described.keys() == set()
    constants = re.findall(r"^\s*(PARAMNET_\w+) = \d+", (repository / file).read_text(), re.MULTILINE)
    assert [name for name in constants if f"{{c:macro}} {name}\n" not in page] == []


def test_every_public_procedure_of_the_fortran_modules_is_described(repository: Path) -> None:
    page = fortran_pages.pages(repository)["api/fortran"]
    sections = {name: body for name, body in re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)}
    folder = repository / fortran_pages.SOURCES
    bindings = {f"scheme%{name}" for name in fortran_pages.bindings(folder / "paramnet.f90")}
    procedures = {name for module in ("paramnet", "paramnet_laws") for name in fortran_pages.public_names(folder / f"{module}.f90")} - {
        "paramnet_scheme"
    }
    assert len(bindings) > 20 and sections.keys() == bindings | procedures
    undescribed = [name for name, body in sections.items() if not re.sub(r"```.*?```", "", body, flags=re.DOTALL).strip()]
    assert undescribed == []
    assert "message" in sections["scheme%load"] and "fallback_flags" in sections["scheme%load"]  # of an included file; of a continued line


def test_every_public_procedure_of_the_recorder_is_described(repository: Path) -> None:
    page = fortran_pages.pages(repository)["api/fortran_record"]
    sections = {name: body for name, body in re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)}
    bindings = {f"recorder%{name}" for name in fortran_pages.bindings(repository / fortran_pages.RECORD)}
    assert len(bindings) > 10 and sections.keys() == bindings
    assert [name for name, body in sections.items() if not re.sub(r"```.*?```", "", body, flags=re.DOTALL).strip()] == []
    assert "message" in sections["recorder%open"] and "standard_name" in sections["recorder%bind_state"]  # of included files


def test_every_public_name_of_the_packages_is_documented(repository: Path) -> None:
    source = repository / "src"
    packages = {
        ".".join(path.parent.relative_to(source).parts)
        for path in (source / "paramnet").rglob("__init__.py")
        if re.search(r"^__all__", path.read_text(), re.MULTILINE)
    }
    assert {name.removeprefix("api/").removesuffix(".rst") for name in python_pages.pages()} == packages
    assert python_pages.undocumented() == []


def test_every_status_flag_and_error_class_has_its_causes_on_the_page_of_errors(repository: Path) -> None:
    page = (repository / "docs/reference/errors.md").read_text()
    header = (repository / c_pages.HEADER).read_text()
    for name, value in re.findall(r"PARAMNET_((?:STATUS|FLAG)_\w+|OK) = (\d+)", header):
        assert re.search(rf"^\| {value} \| `{name.removeprefix('FLAG_')}` \|", page, re.MULTILINE), name
    texts = [path.read_text() for path in (repository / "src").rglob("*.py")]
    bases = {name: base for text in texts for name, base in re.findall(r"^class (\w+)\((\w+)\):", text, re.MULTILINE)}
    classes = {"ParamnetError"}
    while more := {name for name, base in bases.items() if base in classes} - classes:
        classes |= more
    assert len(classes) > 5 and [name for name in classes if f"| `{name}` |" not in page] == []


def test_each_module_of_the_generator_is_found_in_the_documentation(repository: Path) -> None:
    for module in (c_pages, command_pages, fortran_pages, python_pages):
        assert Path(importlib.import_module(module.__name__).__file__ or "").parent == repository / "docs" / "_ext"
