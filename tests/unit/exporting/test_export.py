"""Exported schemes: the same numbers for any batch, with complete metadata; and refusals."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ContractMismatch, ParamnetError
from paramnet.exporting import ExportConfig, export, load_program, load_scheme, read_manifest
from paramnet.exporting.torchscript import compile_scheme
from paramnet.physics import layer_mass
from paramnet.scheme import load_checkpoint
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig
from paramnet.training import TrainConfig, TrainerConfig, train

RAIN, DQ = "convective_precipitation_production", "tendency_of_specific_humidity_due_to_convection"
DT = "tendency_of_air_temperature_due_to_convection"
STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}
SURFACE = {"surface_temperature": "surface_temperature", "surface_humidity": "surface_specific_humidity"}
SUPPLY = {"first": "tendency_of_specific_humidity_so_far", "second": "tendency_of_specific_humidity_due_to_advection"}


@pytest.fixture(scope="module")
def checkpoint(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One epoch with every feature and every constraint."""
    config = TrainConfig(
        store=str(convection_store),
        output=str(tmp_path_factory.mktemp("run")),
        model=ModelConfig(hidden=[16, 16], gate="variable", skip=True, input_limit=10.0),
        features=[
            FeatureConfig("relative_humidity_over_liquid", STATE),
            FeatureConfig("moist_buoyancy", STATE),
            FeatureConfig("lifted_parcel", STATE | SURFACE),
            FeatureConfig("signed_logarithm", SUPPLY),
            FeatureConfig("column_sum", SUPPLY),
        ],
        constraints=[
            ConstraintConfig("non_negative", {"variable": RAIN}),
            ConstraintConfig("column_water_closure", {"tendency": DQ, "sink": RAIN}),
            ConstraintConfig("column_enthalpy_closure", {"heating": DT, "condensation": RAIN, "humidity": "specific_humidity"}),
        ],
        trainer=TrainerConfig(epochs=1, batch_size=256, progress_bar=False),
    )
    return train(config).best_checkpoint


@pytest.fixture(scope="module")
def scheme_file(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path_factory.mktemp("scheme") / "scheme.pt"), max=1e-3, rms=1e-4))


def test_the_file_reproduces_the_trained_scheme(checkpoint: Path, scheme_file: Path, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns)
    torch.testing.assert_close(load_scheme(scheme_file)[0](x), load_checkpoint(checkpoint).scheme(x), rtol=1e-6, atol=1e-14)


def test_source_code_of_a_checkpoint_is_that_of_the_scheme_written_beside_it(checkpoint: Path, tmp_path: Path) -> None:
    scheme = export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "a" / "rain.pt"), language="cpp"))
    again = tmp_path / "b" / "rain.hpp"
    assert export(ExportConfig("", str(again), scheme=str(scheme), language="cpp")) == scheme
    assert again.read_bytes() == scheme.with_suffix(".hpp").read_bytes()


@pytest.mark.parametrize("changes", [{"scheme": "a.pt"}, {"scheme": "a.pt", "language": "cpp", "checkpoint": "b"}])
def test_a_scheme_is_only_written_as_source_code(changes: dict[str, str]) -> None:
    with pytest.raises(ParamnetError) as refused:
        ExportConfig(**{"checkpoint": "", "output": "rain.hpp", **changes})
    assert refused.value.what == "scheme"


@pytest.mark.parametrize("columns", [1, 3, 2000])
def test_any_number_of_columns_may_share_a_call(scheme_file: Path, convection_columns: np.ndarray, columns: int) -> None:
    script, _ = load_scheme(scheme_file)
    x = torch.from_numpy(convection_columns)
    got = script(x[:columns])
    assert got.shape == (columns, 30)
    torch.testing.assert_close(got, script(x)[:columns], rtol=1e-3, atol=1e-13)


def test_real64_in_gives_real64_out(scheme_file: Path, convection_columns: np.ndarray) -> None:
    script, _ = load_scheme(scheme_file)
    x = torch.from_numpy(convection_columns)
    assert script(x.double()).dtype == torch.float64 and script(x).dtype == torch.float32


def test_the_exported_module_closes_column_water(scheme_file: Path, convection: Contract, convection_columns: np.ndarray) -> None:
    y = load_scheme(scheme_file)[0](torch.from_numpy(convection_columns)).detach().numpy().astype(np.float64)
    mass = layer_mass(convection, convection_columns[:, convection.input_columns["surface_air_pressure"]][:, 0])
    residual = np.sum((y[:, 10:20] + y[:, 20:]) * mass, axis=-1)
    turnover = np.sum((np.abs(y[:, 10:20]) + np.abs(y[:, 20:])) * mass, axis=-1)
    assert np.all(np.abs(residual) <= 1e-6 * turnover) and np.all(y[:, 20:] >= 0) and turnover.max() > 1e-8


def test_the_manifest_holds_contract_columns_and_envelope(scheme_file: Path, convection: Contract, convection_store: Path) -> None:
    manifest = read_manifest(scheme_file)
    assert Contract.from_dict(manifest["contract"]) == convection
    assert manifest["inputs"][1] == {
        "name": "specific_humidity", "standard_name": "specific_humidity", "units": "kg kg-1", "profile": True, "offset": 10, "size": 10,
    }  # fmt: skip
    assert manifest["outputs"][2]["offset"] == 20 and manifest["contract_digest"] == convection.digest
    assert len(manifest["envelope"]["inputs"]["min"]) == 53 and len(manifest["envelope"]["outputs"]["max"]) == 30
    assert manifest["checks"]["columns"] == 1500 and manifest["checks"]["finite"] is True


def test_a_scheme_that_misses_the_bounds_is_not_written(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"), rms=1e-15))
    assert refused.value.what == f"export {tmp_path / 'scheme.pt'}"
    assert "float64_rms <= 1e-15" in refused.value.expected and "1500 real columns" in refused.value.expected
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_computes_something_else_is_not_written(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    module = sys.modules["paramnet.exporting.export"]
    load = module.load_scheme

    def tampered(path: Path) -> Any:
        script, manifest = load(path)
        return (lambda x: script(x) * 1.001), manifest

    monkeypatch.setattr(module, "load_scheme", tampered)
    with pytest.raises(ParamnetError) as refused:
        export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt")))
    assert refused.value.expected.startswith("trained_max ")
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_has_the_accuracy_of_the_native_backend(scheme_file: Path, convection: Contract) -> None:
    manifest = read_manifest(scheme_file)
    checks = manifest["checks"]
    assert manifest["native"] == {"program": True} and load_program(scheme_file) is not None
    assert checks["native"]["float64_rms"] <= 1e-4 and checks["native"]["finite"] is True
    assert list(checks["bfloat16"]) == list(convection.output_columns)
    distance = manifest["envelope"]["distance"]
    assert distance["columns"] == 6000 and len(distance["mean"]) == 53 and distance["quantiles"] == sorted(distance["quantiles"])


def test_a_program_that_computes_something_else_is_omitted(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys

    module = sys.modules["paramnet.exporting.export"]
    load = module.load_program

    def tampered(path: Path) -> Any:
        program = load(path)
        program.constants = [constant if constant.dtype == np.int32 else constant * np.float32(1.01) for constant in program.constants]
        return program

    monkeypatch.setattr(module, "load_program", tampered)
    with caplog.at_level("INFO"):
        path = export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"), rms=1e-4, max=1e-3))
    manifest = read_manifest(path)
    assert manifest["native"]["program"] is False and "expected float64_rms <= 0.0001" in manifest["native"]["reason"]
    assert "bfloat16" not in manifest["checks"] and load_program(path) is None
    assert "no program for the native backend" in caplog.text and "scheme.pt: 4 of 4 steps" in caplog.text


def test_a_store_of_another_contract_is_refused(checkpoint: Path, convection: Contract, make_store: Any, tmp_path: Path) -> None:
    store = make_store(replace(convection, time_step=900.0))
    with pytest.raises(ContractMismatch) as refused:
        export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"), store=str(store)))
    assert "time_step" in refused.value.what and "1800.0" in str(refused.value)


def test_a_skill_file_is_included(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "skill.json").write_text(json.dumps({"r2": 0.8}))
    config = ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "s.pt"), skill=str(tmp_path / "skill.json"), max=1e-3, rms=1e-4)
    assert read_manifest(export(config))["skill"]["r2"] == 0.8


def test_a_file_without_manifest_and_a_missing_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        load_scheme(tmp_path / "none.pt")
    assert (refused.value.what, refused.value.got) == (f"scheme {tmp_path / 'none.pt'}", "no file")
    (tmp_path / "text.pt").write_text("not a scheme")
    with pytest.raises(ParamnetError) as refused:
        load_scheme(tmp_path / "text.pt")
    assert (refused.value.what, refused.value.expected) == (f"scheme {tmp_path / 'text.pt'}", "a complete zip archive")


def test_a_guard_without_columns_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        ExportConfig(checkpoint="a", output="b", envelope_samples=1)
    assert (refused.value.what, refused.value.got) == ("envelope_samples", "1")


def test_a_wrong_bound_is_named() -> None:
    with pytest.raises(ParamnetError) as refused:
        ExportConfig(checkpoint="a", output="b", rms=0.0)
    assert refused.value.what.startswith("rms, ") and refused.value.got.startswith("0, ")


class Greedy(torch.nn.Module):
    """Compiling it ends with the error that it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def __prepare_scriptable__(self) -> torch.nn.Module:
        raise self.error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.parametrize(
    "error", [MemoryError("8 TiB"), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")]
)
def test_a_lack_of_memory_is_not_reported_as_code_that_does_not_compile(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        compile_scheme(torch.nn.Sequential(torch.nn.Linear(2, 2), Greedy(error)))
    assert raised.value is error


def test_a_part_that_does_not_compile_is_named() -> None:
    with pytest.raises(ParamnetError) as refused:
        compile_scheme(torch.nn.Sequential(torch.nn.Linear(2, 2), Greedy(TypeError("no"))))
    assert refused.value.what.startswith("scheme.1 (") and refused.value.what.endswith("Greedy)")
