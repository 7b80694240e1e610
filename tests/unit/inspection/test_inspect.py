"""An inspection reports the true content of a file, and names a file it cannot read."""

import json
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import torch
from torch import nn

from paramnet.cli.inspect import main
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import contract_manifest, write_artefact
from paramnet.inspection import inspect


@pytest.fixture(scope="module")
def scheme(convection: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(53, 16), nn.ReLU(), nn.Linear(16, 30))
    checks = {"columns": 7, "float64_rms": 1e-6, "bfloat16": {"rain": {"rms": 0.01, "max": 0.1}}}
    envelope = {"inputs": {"min": [-1.0] * 53, "max": [2.0] * 53}, "outputs": {"min": [-3.0] * 30, "max": [4.0] * 30}}
    manifest = contract_manifest(convection, "attic") | {
        "envelope": envelope, "provenance": {"note": "found", "files": {"a.txt": "0f"}}, "skill": {}, "checks": checks,
    }  # fmt: skip
    path = tmp_path_factory.mktemp("inspected") / "scheme.pt"
    write_artefact(network, manifest, path)
    return path


def test_a_scheme_shows_contract_ranges_program_checks_and_hashes(scheme: Path, convection: Contract) -> None:
    report = inspect(scheme)
    plain = report.to_plain()
    assert report.kind == "scheme" and plain["contract"]["digest"] == convection.digest
    assert [row["name"] for row in plain["inputs"]] == [variable.name for variable in convection.inputs]
    assert plain["inputs"][0]["training range"] == "-1 … 2" and plain["outputs"][0]["training range"] == "-3 … 4"
    assert plain["native program"]["program"] == "yes"
    assert plain["native program"]["MFLOP per column"] == pytest.approx((2 * (53 * 16 + 16 * 30) + 16 + 16 + 30) / 1e6)
    assert plain["checks"] == {"columns": 7, "float64_rms": 1e-6} and plain["bfloat16"] == [{"output": "rain", "rms": 0.01, "max": 0.1}]
    assert plain["provenance"]["files.a.txt"] == "0f" and plain["constants"] == convection.constants
    assert {"extra/program.json", "extra/weights.bin"} <= {row["member"] for row in plain["members"]}


def test_a_changed_member_is_named(scheme: Path, tmp_path: Path) -> None:
    content = bytearray(scheme.read_bytes())
    weights = content.index(b"archive/extra/weights.bin")
    content[content.index(b"\x00" * 8, weights) + 900] ^= 1
    (tmp_path / "edited.pt").write_bytes(content)
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path / "edited.pt")
    assert "edited.pt" in str(refused.value) and ("unreadable" in refused.value.got or refused.value.got == "other bytes")


def test_a_store_shows_splits_and_statistics(convection_store: Path) -> None:
    plain = inspect(convection_store).to_plain()
    assert plain["kind"] == "store" and plain["store"]["source"] == "synthetic"
    assert {row["split"]: row["samples"] for row in plain["splits"]} == {"train": 6000, "validation": 1500, "test": 800}
    pressure = next(row for row in plain["statistics of inputs"] if row["variable"] == "surface_air_pressure")
    assert 6e4 <= pressure["min"] < pressure["mean"] < pressure["max"] <= 1.03e5
    assert next(row for row in plain["statistics of outputs"])["constant columns"] == 1  # the top level never acts


def test_a_netcdf_file_shows_variables_times_and_the_source_it_looks_like(tmp_path: Path) -> None:
    names = {"TAP": "K", "QAP": "kg/kg", "VAP": "m/s", "PS": "Pa", "SOLIN": "W/m2", "SHFLX": "W/m2", "LHFLX": "W/m2", "TPHYSTND": "K/s"}
    names |= {"FSNT": "W/m2", "FSNS": "W/m2", "FLNT": "W/m2", "FLNS": "W/m2"}
    path = tmp_path / "run.cam2.h1.0001-01-01-00000.nc"
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", None)
        data.createVariable("time", "f8", ("time",))[:] = np.arange(3) / 48
        data["time"].units = "days since 0001-01-01"
        for name, units in names.items():
            data.createVariable(name, "f4", ("time",)).units = units
    plain = inspect(path).to_plain()
    assert plain["file"]["time"] == "3 steps, 0 … 0.0416667 days since 0001-01-01"
    assert plain["dimensions"] == [{"name": "time", "size": "3 (unlimited)"}]
    found = plain["looks like"][0]
    assert found["source"] == "spcam" and found["file name"] == "fits" and "PHQ" in found["missing"]
    assert next(row for row in plain["variables"] if row["name"] == "QAP")["units"] == "kg/kg"


def test_a_source_that_finds_variables_by_standard_name_is_recognised(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as data:
        for name in ("air_temperature", "specific_humidity", "lwe_convective_precipitation_rate"):
            data.createVariable(name[:1], "f4", ()).standard_name = name
        data.createVariable("sp", "f4", ())
    (found,) = inspect(tmp_path / "a.nc").to_plain()["looks like"]
    assert found["source"] == "cf_example" and found["variables found"] == "4 of 5"
    assert found["missing"] == "standard_name:tendency_of_air_temperature_due_to_convection"


def test_real_files_are_recognised(shared_data: Path) -> None:
    for member, title in (("mli", "climsim (before physics)"), ("mlo", "climsim (after physics)")):
        found = inspect(shared_data / f"climsim_low_res/E3SM-MMF.{member}.0008-01-01-62400.nc").to_plain()["looks like"][0]
        assert found["source"] == title and found["missing"] == ""


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF4"])
def test_an_integer_time_axis_is_shown_with_its_missing_values(form: str, tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format=form) as data:
        data.createDimension("time", 3)
        data.createVariable("time", "i4", ("time",))[1:] = [6, 12]
        data["time"].units = "hours since 2001-01-01"
    assert inspect(tmp_path / "a.nc").to_plain()["file"]["time"] == "3 steps, nan … 12 hours since 2001-01-01"


def test_a_truncated_netcdf_file_is_named(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format="NETCDF3_CLASSIC") as data:
        data.createDimension("x", 100)
        data.createVariable("v", "f8", ("x",))[:] = 1.0
    (tmp_path / "a.nc").write_bytes((tmp_path / "a.nc").read_bytes()[:-80])
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path / "a.nc")
    assert "a.nc" in str(refused.value)


@pytest.mark.parametrize(("name", "content", "got"), [
    ("nothing.pt", None, "no file or folder"),
    ("text.pt", b"hello", "b'hell'"),
    ("cut.nc", b"\x89HDF\r\n\x1a\nrest", ""),
])  # fmt: skip
def test_a_file_of_another_kind_is_named(tmp_path: Path, name: str, content: bytes | None, got: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path / name)
    assert name in str(refused.value) and got in refused.value.got


def test_a_folder_that_is_not_a_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        inspect(tmp_path)
    assert str(tmp_path) in str(refused.value) and "zarr.json" in str(refused.value)


def test_the_command_prints_tables_or_json(scheme: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet inspect", str(scheme)])
    main("inspect")
    text = capsys.readouterr().out
    assert "plasim_convection" in text and "members (hashes agree)" in text and "9.80" in text
    monkeypatch.setattr(sys, "argv", ["paramnet inspect", "--json", str(scheme)])
    main("inspect")
    plain: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert plain["kind"] == "scheme" and plain["native program"]["operations"].startswith("2 dense")


def growing_scheme(contract: Contract, growth: float, folder: Path, mean: list[float] | None) -> Path:
    """Each level's temperature and humidity grow or decay by themselves; the fastest is the temperature of the sixth level."""
    rates = -np.geomspace(0.1, 5.0, 20)
    rates[5] = growth
    network = nn.Linear(contract.n_in, contract.n_out)
    weight = np.zeros((contract.n_out, contract.n_in))
    for row in range(20):
        weight[row, row] = rates[row] / 86400.0  # the contract begins with temperature and humidity, in and out
    network.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float32))
    inputs = {"min": [-1.0] * contract.n_in, "max": [2.0] * contract.n_in} | ({"mean": mean} if mean else {})
    manifest = contract_manifest(contract, "growing") | {"envelope": {"inputs": inputs}, "provenance": {}, "skill": {}}
    path = folder / f"growing_{growth}.pt"
    write_artefact(network.eval(), manifest, path)
    return path


@pytest.mark.parametrize("growth", [0.26, 0.80])
def test_the_growth_rate_at_the_mean_column_is_shown(growth: float, convection: Contract, tmp_path: Path) -> None:
    mean = np.linspace(1.0, 2.0, convection.n_in).tolist()
    found = inspect(growing_scheme(convection, growth, tmp_path, mean)).to_plain()["linear response"]
    assert found["base state"] == "mean of the training inputs"
    assert found["growth rate, day-1"] == pytest.approx(growth, rel=1e-6)
    assert found["e-folding time, days"] == pytest.approx(1 / growth, rel=1e-6)
    assert found["modes growing by more than 0.01 day-1"] == 1 and found["fastest decay, day-1"] == pytest.approx(-5, rel=1e-6)
    level = convection.vertical_grid.pressure(1e5)[5] / 100
    assert (
        found["fastest mode"] == f"temperature 1 K at {level:.0f} hPa; Lv q / cp 0 K at {convection.vertical_grid.b_mid[0] * 1000:.0f} hPa"
    )


def test_the_response_is_computed_at_a_given_state(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    path = growing_scheme(convection, 0.8, tmp_path, None)
    assert "--state" in inspect(path).to_plain()["linear response"]["not here"]
    np.save(tmp_path / "columns.npy", convection_columns[:7])
    found = inspect(path, tmp_path / "columns.npy").to_plain()["linear response"]
    assert found["base state"] == "mean of 7 columns of columns.npy" and found["growth rate, day-1"] == pytest.approx(0.8, rel=1e-6)
    assert found["growth rate at 7 of them, day-1"] == "median 0.8, 95 % 0.8, largest 0.8"
    np.save(tmp_path / "one.npy", convection_columns[0])
    assert inspect(path, tmp_path / "one.npy").to_plain()["linear response"]["base state"] == "the column of one.npy"


@pytest.mark.parametrize("wrong", [np.zeros((3, 5)), np.full((2, 53), np.nan), np.array(["a"]), None])
def test_a_state_of_another_shape_is_named(wrong: np.ndarray | None, convection: Contract, tmp_path: Path) -> None:
    path = growing_scheme(convection, 0.8, tmp_path, None)
    if wrong is not None:
        np.save(tmp_path / "columns.npy", wrong)
    with pytest.raises(ParamnetError) as error:
        inspect(path, tmp_path / "columns.npy")
    assert error.value.what == f"state {tmp_path / 'columns.npy'}" and "(column, 53)" in error.value.expected


def test_a_contract_without_the_state_has_no_response_and_a_program_of_another_width_is_refused(
    convection: Contract, tmp_path: Path
) -> None:
    from dataclasses import replace

    dry = replace(convection, outputs=convection.outputs[:1])
    write_artefact(nn.Linear(53, 10).eval(), contract_manifest(dry, "dry"), tmp_path / "dry.pt")
    found = inspect(tmp_path / "dry.pt").to_plain()["linear response"]
    assert found == {"not applicable": "the contract lacks a tendency of specific humidity by level"}
    write_artefact(nn.Linear(53, 20).eval(), contract_manifest(convection, "narrow"), tmp_path / "narrow.pt")
    with pytest.raises(ParamnetError) as error:
        inspect(tmp_path / "narrow.pt")
    assert error.value.what == "program" and error.value.where == f"scheme {tmp_path / 'narrow.pt'}"
    assert "53 inputs and 30 outputs" in error.value.expected and error.value.got == "53 and 20"
