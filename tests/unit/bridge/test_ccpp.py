"""The CCPP scheme generated from a contract: its .meta and its Fortran agree."""

import re
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from paramnet.bridge.ccpp import CcppConfig, write_ccpp
from paramnet.bridge.ccpp_arguments import CcppConstant
from paramnet.contract import Contract, ParamnetError

REPOSITORY = Path(__file__).resolve().parents[3]
# Of atmospheres: a testbed has no pressure, and is no physics of CCPP.
CONTRACTS = sorted(path.stem for path in (REPOSITORY / "conf/contract").glob("*.yaml") if path.stem != "lorenz96")
ENTRIES = ("init", "run", "final")
KINDS = "module ccpp_kinds\nuse, intrinsic :: iso_fortran_env, only: kind_phys => real64\nend module ccpp_kinds\n"


def shipped_config(contract: str, output: Path) -> CcppConfig:
    table = yaml.safe_load((REPOSITORY / "conf/ccpp.yaml").read_text())
    constants = {name: CcppConstant(**row) for name, row in table["constants"].items()}
    return CcppConfig(contract, output, table["scheme"], table["names"], constants)


def read_meta(path: Path) -> dict[str, list[dict[str, str]]]:
    """Arguments of each entry; fails on a line that ccpp_capgen's metadata parser does not know."""
    tables: dict[str, list[dict[str, str]]] = {}
    arguments: list[dict[str, str]] = []
    section = ""
    for line in path.read_text().splitlines():
        if line.startswith("[ccpp-"):
            section = line.strip("[]")
        elif match := re.fullmatch(r"\[ (\w+) \]", line):
            arguments.append({"local_name": match[1]})
        elif line.strip():
            for pair in line.split(" | "):
                key, value = (part.strip() for part in pair.split(" = ", 1))
                if section == "ccpp-table-properties":
                    assert (key, value) in (("name", path.stem), ("type", "scheme"))
                elif key == "name":
                    arguments = tables.setdefault(value.removeprefix(f"{path.stem}_"), [])
                elif arguments:
                    arguments[-1][key] = value
                else:
                    assert (key, value) == ("type", "scheme")
    return tables


def read_fortran(path: Path, entry: str) -> list[dict[str, str]]:
    """Arguments of a subroutine with their declarations, in the order of the argument list."""
    source = path.read_text()
    start = source.index(f"subroutine {path.stem}_{entry}(")
    body = source[start : source.index("end subroutine", start)]
    names = re.findall(r"\w+", body[body.index("(") : body.index(")")].replace("&", ""))
    declared = {match[3]: match for match in re.finditer(r"^ +([^!:\n]+?), intent\((\w+)\) :: (\w+)(\(.*?\))?", body, re.MULTILINE)}
    return [
        {"local_name": name, "type": declared[name][1], "intent": declared[name][2], "rank": str((declared[name][4] or "").count(":"))}
        for name in names
    ]


@pytest.fixture(params=CONTRACTS)
def generated(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Contract, Path]:
    """A shipped contract and the folder with its CCPP scheme."""
    return Contract.from_yaml(request.param), write_ccpp(shipped_config(request.param, tmp_path / "scheme"))


def test_the_committed_scheme_is_the_generators_output_for_cam(tmp_path: Path) -> None:
    fresh = write_ccpp(shipped_config("rasp2018", tmp_path))
    for path in fresh.iterdir():
        assert (REPOSITORY / "fortran_bridge/hosts/ccpp" / path.name).read_text() == path.read_text()


def test_meta_and_fortran_agree_on_every_argument(generated: tuple[Contract, Path]) -> None:
    _, folder = generated
    tables = read_meta(folder / "paramnet_convection.meta")
    assert tuple(tables) == ENTRIES
    for entry in ENTRIES:
        for described, declared in zip(tables[entry], read_fortran(folder / "paramnet_convection.F90", entry), strict=True):
            assert described["local_name"] == declared["local_name"]
            assert described["intent"] == declared["intent"]
            kind = {"real": "real(kind_phys)", "character": f"character({described.get('kind')})"}
            assert declared["type"].removesuffix(", target") == kind.get(described["type"], described["type"])
            dimensions = [name for name in described["dimensions"].strip("()").split(", ") if name]
            assert dimensions == ["horizontal_loop_extent", "vertical_layer_dimension"][: int(declared["rank"])]


def test_every_argument_is_described_once_and_in_ccpps_letters(generated: tuple[Contract, Path]) -> None:
    _, folder = generated
    for arguments in read_meta(folder / "paramnet_convection.meta").values():
        names = [argument["standard_name"] for argument in arguments]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        required = {"local_name", "standard_name", "units", "type", "dimensions", "intent"}
        assert all(required <= set(argument) <= required | {"kind", "long_name", "advected", "constituent"} for argument in arguments)
        assert [argument["standard_name"] for argument in arguments[-2:]] == ["ccpp_error_message", "ccpp_error_code"]


def test_heating_is_an_enthalpy_tendency_and_cp_is_an_argument(generated: tuple[Contract, Path]) -> None:
    contract, folder = generated
    run = {argument["standard_name"]: argument for argument in read_meta(folder / "paramnet_convection.meta")["run"]}
    heating = run["tendency_of_dry_air_enthalpy_at_constant_pressure"]
    assert (heating["units"], heating["intent"]) == ("J kg-1 s-1", "out")
    assert run["specific_heat_of_dry_air_at_constant_pressure"]["units"] == "J kg-1 K-1"
    heated = next(v.name for v in contract.outputs if v.energy and v.energy.factor == "heat")
    assert f"tendency_of_dry_air_enthalpy(1:ncol, :) = specific_heat_of_dry_air * {heated}" in (
        folder / "paramnet_convection.F90"
    ).read_text()  # fmt: skip


def test_water_vapour_is_a_constituent(tmp_path: Path) -> None:
    folder = write_ccpp(shipped_config("rasp2018", tmp_path))
    run = {argument["standard_name"]: argument for argument in read_meta(folder / "paramnet_convection.meta")["run"]}
    assert run["water_vapor_mixing_ratio_wrt_moist_air_and_condensed_water"]["advected"] == "true"
    assert run["tendency_of_water_vapor_mixing_ratio_wrt_moist_air_and_condensed_water"]["constituent"] == "true"


def test_the_namelist_defines_every_user_setting_of_init(generated: tuple[Contract, Path]) -> None:
    _, folder = generated
    defined = {entry.findtext("standard_name") for entry in ElementTree.parse(folder / "paramnet_convection_namelist.xml").iter("entry")}
    arguments = {argument["standard_name"] for argument in read_meta(folder / "paramnet_convection.meta")["init"]}
    assert defined == {name for name in arguments if name.endswith("_paramnet_convection")}


def test_the_generated_fortran_compiles_without_a_warning(generated: tuple[Contract, Path], built_bridge: Path, tmp_path: Path) -> None:
    _, folder = generated
    (tmp_path / "ccpp_kinds.F90").write_text(KINDS)
    command = ["gfortran", "-c", "-std=f2018", "-Wall", "-Wextra", "-Werror", f"-I{built_bridge.parents[1]}/include/paramnet"]
    result = subprocess.run(
        [*command, "ccpp_kinds.F90", str(folder / "paramnet_convection.F90")], cwd=tmp_path, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_two_variables_under_one_name_are_refused(tmp_path: Path) -> None:
    config = shipped_config("rasp2018", tmp_path)
    with pytest.raises(ParamnetError) as refused:
        write_ccpp(replace(config, names={**config.names, "northward_wind": "air_temperature"}))
    assert "standard_name" in refused.value.what and "air_temperature" in refused.value.got and "names." in refused.value.remedy


def test_heating_without_cp_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        write_ccpp(replace(shipped_config("rasp2018", tmp_path), constants={}))
    assert refused.value.what == "constants.specific_heat_of_dry_air" and "J kg-1 s-1" in refused.value.expected


@pytest.mark.parametrize("scheme", ["Convection", "1st", "a" * 50])
def test_a_scheme_name_that_fortran_does_not_allow_is_refused(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        CcppConfig("rasp2018", tmp_path, scheme)
    assert (refused.value.what, refused.value.got) == ("scheme", repr(scheme))


def test_a_standard_name_in_other_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        CcppConfig("rasp2018", tmp_path, names={"northward_wind": "Northward Wind"})
    assert (refused.value.what, refused.value.got) == ("names.northward_wind", "'Northward Wind'")
