"""The adapter generated from a contract: its Fortran compiles and binds every variable, files are kept, bad names are refused."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from paramnet.bridge.adapter import HostAdapterConfig, adapter_texts, write_adapter
from paramnet.bridge.adapter_fields import fields_of
from paramnet.cli.overrides import with_keys
from paramnet.contract import Contract, ParamnetError

REPOSITORY = Path(__file__).resolve().parents[3]
CONTRACTS = sorted(path.stem for path in (REPOSITORY / "conf/contract").glob("*.yaml"))
OPTIONS: dict[str, dict[str, Any]] = {
    "as_shipped": {},
    "grid": {"arrays": "longitude_latitude_level", "levels": "bottom_first", "real_kind": 4, "namespace": "mo_convection"},
    "turned": {"arrays": "level_column", "recorder": False},
    "in_place": {"changes": "in_place", "arrays": "longitude_latitude_level"},
}
SMALL = ("cf_example", "plasim_convection", "rasp2018")
OF_EVERY = [name if name in SMALL else pytest.param(name, marks=pytest.mark.long) for name in CONTRACTS]
CHEAP = [("cf_example", "in_place"), ("cf_example", "turned"), ("plasim_convection", "grid")]
EVERY = [(contract, options) for contract in CONTRACTS for options in OPTIONS if (contract, options) not in CHEAP]


def config(folder: Path, contract: str = "cf_example", **options: Any) -> HostAdapterConfig:
    return HostAdapterConfig("mymodel", contract, folder, **options)


def compiled(folder: Path, contract: str, options: str, bridge: Path) -> str:
    """What gfortran says of module and program."""
    made = write_adapter(config(folder, contract, **OPTIONS[options]))
    sources = [path.name for path in made if path.suffix == ".f90"]
    modules = f"-I{bridge.parents[1]}/include/paramnet"
    warnings = ["-std=f2018", "-Wall", "-Wextra", "-Wimplicit-interface", "-Werror"]
    command = ["gfortran", "-fsyntax-only", *warnings, modules, *sources]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize(("contract", "options"), [*CHEAP, *(pytest.param(*case, marks=pytest.mark.long) for case in EVERY)])
def test_the_fortran_compiles_without_a_warning(contract: str, options: str, built_bridge: Path, tmp_path: Path) -> None:
    if options == "in_place" and contract not in ("cf_example", "plasim_convection"):
        pytest.skip("none of its outputs is the change of an input")
    assert compiled(tmp_path, contract, options, built_bridge) == ""


@pytest.mark.parametrize("contract", OF_EVERY)
def test_text_is_tidy_and_lines_fit(contract: str, tmp_path: Path) -> None:
    for name, text in adapter_texts(config(tmp_path, contract, arrays="longitude_latitude_level")).items():
        assert text.endswith("\n") and not text.endswith("\n\n") and "\n\n\n" not in text, name
        assert not re.search(r"[ \t]$", text, re.MULTILINE) and ("\t" not in text or name == "paramnet.mk"), name
        if name.endswith(".f90"):
            assert max(map(len, text.splitlines())) <= 132


@pytest.mark.parametrize("contract", OF_EVERY)
def test_every_variable_is_bound_once_by_its_name_units_and_rank(contract: str, tmp_path: Path) -> None:
    module = re.sub(r" &\n +", " ", adapter_texts(config(tmp_path, contract))["mymodel_paramnet.f90"])
    bound = re.findall(r"bind_(\w+)\('(\w+)', '(\w+)', '([^']+)', '([^']+)', self%(\w+)%(\w+), status", module)
    table = Contract.from_yaml(contract)
    expected = [
        ("profile" if v.is_profile else "surface", side, v.name, v.units, v.standard_name, f"{side}s", v.name)
        for side, variables in (("input", table.inputs), ("output", table.outputs))
        for v in variables
    ]
    assert bound == expected
    constants = re.findall(r"number\('(\w+)', self%constants%(\w+)", module)
    assert constants == 2 * [(name, name) for name in table.constants]  # of the scheme and of the recorder


def test_signs_units_and_times_are_in_the_comments(tmp_path: Path) -> None:
    module = adapter_texts(config(tmp_path, "rasp2018"))["mymodel_paramnet.f90"]
    assert "!> Latent heat flux of the previous step; W m-2, positive upward, at the previous step\n" in module
    assert "!> Meridional wind (VAP); m s-1, positive northward\n" in module


def test_a_state_is_recorded_with_its_change_and_a_change_is_not_recorded_twice(tmp_path: Path) -> None:
    fields = fields_of(Contract.from_yaml("plasim_convection"), "in_place")
    roles = {field.name: field.role for field in fields.all}
    assert fields.process == "convection"
    assert {name for name, role in roles.items() if role == "state"} == {"air_temperature", "specific_humidity"}
    assert {name for name, role in roles.items() if role == "change"} == {
        f"tendency_of_{name}_due_to_convection" for name in ("air_temperature", "specific_humidity")
    }
    assert roles["convective_precipitation_production"] == "output"


@pytest.mark.parametrize("contract", OF_EVERY)
def test_the_values_of_the_program_are_within_the_range_of_the_contract(contract: str) -> None:
    for field in fields_of(Contract.from_yaml(contract), "tendencies").all:
        top, bottom, waves = field.values
        low, high = field.variable.valid_range
        assert waves > 0 and low <= min(top, bottom) - waves and max(top, bottom) + waves <= high, field.name


def test_files_that_were_changed_are_kept_unless_they_may_be_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    made = write_adapter(config(folder))
    before = {path: path.stat().st_mtime_ns for path in made}
    assert write_adapter(config(folder)) == made and before == {path: path.stat().st_mtime_ns for path in made}
    made[0].write_text("mine\n")
    made[1].unlink()
    with pytest.raises(ParamnetError) as refused:
        write_adapter(config(folder))
    assert refused.value.what == "output" and refused.value.got == "other contents of mymodel_paramnet.f90"
    assert made[0].read_text() == "mine\n" and not made[1].exists()
    write_adapter(config(folder, overwrite=True))
    assert made[0].read_text() == adapter_texts(config(folder))["mymodel_paramnet.f90"] and made[1].exists()


@pytest.mark.parametrize("name", ["Mymodel", "1st", "my-model", "a" * 51, "program", "", "é"])
def test_a_name_that_is_none_in_fortran_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        HostAdapterConfig(name, "cf_example", tmp_path)
    assert (refused.value.what, refused.value.got) == ("name", repr(name))
    if name:
        with pytest.raises(ParamnetError) as refused:
            config(tmp_path, namespace=name)
        assert (refused.value.what, refused.value.got) == ("namespace", repr(name))


@pytest.mark.parametrize("key", ["arrays", "levels", "changes", "real_kind"])
def test_an_option_that_there_is_not_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        config(tmp_path, **{key: 2 if key == "real_kind" else "column"})
    assert refused.value.what == key


@pytest.mark.parametrize("name", ["2m_temperature", "a" * 64, "dew-point", "AIR_temperature"])
def test_a_contract_whose_names_fortran_does_not_tell_apart_or_take_is_refused(name: str, tmp_path: Path, repository: Path) -> None:
    table = yaml.safe_load((repository / "conf/contract/cf_example.yaml").read_text())
    table["inputs"].append(table["inputs"][0] | {"name": name})
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(table))
    with pytest.raises(ParamnetError) as refused:
        write_adapter(config(tmp_path / "made", str(tmp_path / "mine.yaml")))
    assert refused.value.what == name.lower() and not (tmp_path / "made").exists()


def test_a_scheme_that_changes_no_input_is_not_in_place(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        adapter_texts(config(tmp_path, "rasp2018", changes="in_place"))
    assert refused.value.what == "changes in_place"


def test_the_names_of_fortran_begin_with_the_namespace_and_targets_with_the_name(tmp_path: Path) -> None:
    texts = adapter_texts(config(tmp_path, namespace="mo_convection"))
    assert "module mo_convection_paramnet\n" in texts["mo_convection_paramnet.f90"]
    assert "add_library(mymodel_paramnet mo_convection_paramnet.f90)" in texts["CMakeLists.txt"]
    assert texts["mo_convection_paramnet.nml"].splitlines()[1] == "&mo_convection_paramnet_nml"
    assert replace(config(tmp_path), namespace="a" * 50).prefix == "a" * 50


def test_the_name_may_be_given_without_its_key() -> None:
    assert with_keys("adapter", ["new", "mine", "contract=c"]) == ["name=mine", "contract=c"]
    assert with_keys("adapter", ["contract=c", "new", "new"]) == ["contract=c", "name=new"]
    for words in (["mine", "contract=c"], [], ["new", "a", "b"]):
        with pytest.raises(ParamnetError) as refused:
            with_keys("adapter", words)
        assert refused.value.what == ("name" if "b" in words else "adapter")


def test_the_user_adds_as_many_lines_as_the_guide_says(tmp_path: Path, repository: Path) -> None:
    program = adapter_texts(config(tmp_path))["drive_mymodel.f90"]
    words = re.compile(r"adapter|replaced|stop_on_error|message|status")
    lines = [line for line in program.splitlines() if words.search(line) and not line.lstrip().startswith("!")]
    said = re.search(r"You add (\d+) lines", (repository / "docs/guides/your_model.md").read_text())
    assert said is not None and len(lines) == int(said[1])
