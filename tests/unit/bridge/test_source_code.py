"""Generated Fortran and C++, compiled with every warning an error, give the native kernel's numbers without any library of ours."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import source_drivers as drivers
import torch
from shipped_schemes import CONSTRAINTS, FEATURES, SO_FAR, random_scheme
from torch import Tensor, nn
from torch.nn import functional

from paramnet.bridge import Scheme
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import load_program, read_manifest, write_artefact
from paramnet.exporting.artefact import Compiled, write_compiled
from paramnet.exporting.manifest import contract_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.source_code import SourceCodeConfig, write_source
from paramnet.scheme.networks import ModelConfig

AGREEMENT = 1e-5  # of each output's standard deviation
ALL_FEATURES = {kind: variables | (SO_FAR if "temperature" in variables else {}) for kind, variables in FEATURES.items()}
CASES: dict[str, tuple[ModelConfig, Any, Any]] = {
    "features and constraints": (ModelConfig(hidden=[48, 48], activation="silu", gate="variable", skip=True), ALL_FEATURES, CONSTRAINTS),
    "mlp": (ModelConfig(hidden=[130, 70], activation="gelu"), None, None),
    "residual_mlp": (ModelConfig(kind="residual_mlp", width=48, depth=2), None, None),
    "column_unet": (ModelConfig(kind="column_unet", width=16, depth=2), None, CONSTRAINTS),
    "column_bilstm": (ModelConfig(kind="column_bilstm", width=8, depth=1), None, None),
    "column_transformer": (ModelConfig(kind="column_transformer", width=16, depth=1), None, None),
}
LANGUAGES = {"fortran": "gfortran", "cpp": "g++"}
languages = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def _compilers() -> None:
    missing = [compiler for compiler in LANGUAGES.values() if not shutil.which(compiler)]
    if missing:
        pytest.skip(f"no {missing[0]}")


@dataclass(frozen=True)
class Made:
    """A scheme in its folder, its source, and the program around it."""

    scheme: Path
    source: Path
    n_out: int

    def outputs(self, columns: np.ndarray, kind: str = "real32") -> tuple[np.ndarray, np.ndarray]:
        """Outputs : (column, n_out), and flags : (column)."""
        results = drivers.run(self.source.parent, columns, self.n_out, kind=kind)
        return results[0], results[2]


def make(module: nn.Module, contract: Contract, folder: Path, language: str, kind: str = "real32", *options: str) -> Made:
    scheme = folder / "scheme.pt"
    # No TorchScript, which knows fewer ways to write a module.
    write_compiled(Compiled({}, lower(module.eval(), contract.n_in)), contract_manifest(contract, ""), scheme)
    source = write_source(SourceCodeConfig(str(scheme), str(folder / "host.f90"), language))[0]
    drivers.build(source, read_manifest(scheme), None, kind, *(options or ("-O2", "-march=native")))
    return Made(scheme, source, contract.n_out)


@languages
@pytest.mark.parametrize("name", CASES)
def test_source_code_agrees_with_the_native_kernel(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, name: str, language: str
) -> None:
    made = make(random_scheme(convection, convection_columns, *CASES[name]), convection, tmp_path, language)
    outputs, flags = made.outputs(convection_columns)
    native, _ = Scheme(made.scheme, backend="native").predict(convection_columns)
    assert not flags.any()
    std = np.where(native.std(axis=0) > 0, native.std(axis=0), 1.0)
    assert np.abs((outputs - native) / std).max() < AGREEMENT


FUNCTIONS: list[Callable[[Tensor], Tensor]] = [
    *(torch.neg, torch.abs, torch.sign, torch.exp, torch.expm1, torch.tanh, torch.sigmoid, torch.relu, functional.silu, functional.gelu),
    *(lambda x: torch.log(x.abs() + 0.1), lambda x: torch.log1p(x.abs()), lambda x: torch.sqrt(x.abs() + 0.1), torch.sin, torch.cos),
    *(lambda x: functional.gelu(x, approximate="tanh"), lambda x: functional.leaky_relu(x, 0.3), lambda x: x.clamp(-0.5, 0.7)),
    *(lambda x: (x.abs() + 0.7) ** (x.flip(1)), lambda x: torch.minimum(x, x.flip(1)), lambda x: torch.maximum(x, 0.3 - x)),
    *(lambda x: x.cumsum(1), lambda x: x / (2 + x.sum(1, keepdim=True).abs()), lambda x: torch.cat([x[:, 5:], x[:, :5]], dim=1)),
]


class Functions(nn.Module):
    """The sum of every function of scaled inputs, in one precision."""

    def __init__(self, contract: Contract, columns: np.ndarray, kind: torch.dtype) -> None:
        super().__init__()
        self.kind = kind
        self.register_buffer("mean", torch.from_numpy(columns.mean(axis=0)))
        self.register_buffer("std", torch.from_numpy(columns.std(axis=0) + 1e-12))
        self.layer = nn.Linear(contract.n_in, contract.n_out)

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer((x - self.mean) / self.std).to(self.kind)
        total = torch.zeros_like(y)
        for function in FUNCTIONS:
            total = total + function(y)
        return total.to(x.dtype)


@languages
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_every_function_agrees_with_the_interpreter(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, kind: torch.dtype, language: str
) -> None:
    torch.manual_seed(3)
    made = make(Functions(convection, convection_columns, kind), convection, tmp_path, language)
    program = load_program(made.scheme)
    assert program is not None
    expected = interpret(program, convection_columns)
    outputs, _ = made.outputs(convection_columns)
    assert np.abs((outputs - expected) / expected.std(axis=0)).max() < AGREEMENT


@languages
def test_a_column_gives_the_same_bits_anywhere_and_in_either_precision(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, language: str
) -> None:
    module = random_scheme(convection, convection_columns, ModelConfig(hidden=[33, 20], activation="silu"))
    made = make(module, convection, tmp_path, language, "real32", "-O2", "-march=native", "-fopenmp")
    together, _ = made.outputs(convection_columns[:200])
    for first, count in ((0, 1), (63, 2), (5, 64), (70, 130)):
        np.testing.assert_array_equal(made.outputs(convection_columns[first : first + count])[0], together[first : first + count])
    (tmp_path / "double").mkdir()
    double = make(module, convection, tmp_path / "double", language, "real64")
    np.testing.assert_array_equal(double.outputs(convection_columns[:200], "real64")[0].astype("f4"), together)


def test_the_longest_name_compiles_with_openacc(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    module = random_scheme(convection, convection_columns, *CASES["column_unet"])
    made = make(module, convection, tmp_path, "fortran", "real32", "-O2", "-march=native")
    plain, _ = made.outputs(convection_columns[:100])
    (tmp_path / "long").mkdir()
    source = write_source(SourceCodeConfig(str(made.scheme), str(tmp_path / "long" / f"{'n' * 24}.f90"), "fortran"))[0]
    drivers.build(source, read_manifest(made.scheme), None, "real32", "-O2", "-march=native", "-fopenacc")
    np.testing.assert_allclose(drivers.run(source.parent, convection_columns[:100], made.n_out)[0], plain, rtol=1e-5, atol=1e-12)


@languages
def test_columns_that_are_not_finite_are_flagged_and_zero(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, language: str
) -> None:
    made = make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, language)
    columns = convection_columns[:70].copy()
    columns[3, 7], columns[68, 0] = np.nan, np.inf
    outputs, flags = made.outputs(columns)
    assert set(np.flatnonzero(flags)) == {3, 68} and (flags[[3, 68]] & 1).all()
    assert not outputs[[3, 68]].any() and outputs[[2, 4, 67, 69]].any(axis=1).all()


def test_damaged_weights_are_refused(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    made = make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, "fortran")
    weights = made.source.with_suffix(".bin")
    whole = weights.read_bytes()
    for content, status in ((whole[:-1], 3), (whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:], 3), (None, 2)):
        weights.unlink()
        if content is not None:
            weights.write_bytes(content)
        with pytest.raises(AssertionError, match=f"^{status} host.bin: expected"):
            made.outputs(convection_columns[:3])
        weights.write_bytes(whole)


def test_a_scheme_with_random_numbers_is_refused(convection: Contract, tmp_path: Path) -> None:
    module = nn.Linear(convection.n_in + 2, convection.n_out)
    write_artefact(module, contract_manifest(convection, "") | {"random_numbers": 2}, tmp_path / "scheme.pt")
    with pytest.raises(ParamnetError) as refused:
        write_source(SourceCodeConfig(str(tmp_path / "scheme.pt"), str(tmp_path / "host.f90"), "fortran"))
    assert (refused.value.what, refused.value.got) == ("random_numbers", "2 random numbers for each column")
    assert [path.name for path in tmp_path.iterdir()] == ["scheme.pt"]


def test_a_language_or_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for language, output, what in (("cobol", "host.f90", "language"), ("fortran", "My-Scheme.f90", "output")):
        with pytest.raises(ParamnetError) as refused:
            SourceCodeConfig("scheme.pt", output, language)
        assert refused.value.what == what


CHECK = """program checks
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use host
  implicit none
  character(len=64) :: names(host_variables)
  character(len=32) :: units(host_variables)
  character(len=:), allocatable :: message
  integer(int32) :: status(6)
  names = host_names
  units = host_units
  call host_check(names, units, host_levels, host_time_step, &
    {same}, status(1), message)
  call host_check(names, units, host_levels + 1, host_time_step, &
    {same}, status(2), message)
  call host_check(names, units, host_levels, 2 * host_time_step, &
    {same}, status(3), message)
  call host_check(names, units, host_levels, host_time_step, &
    {other}, status(4), message)
  units(2) = 'g kg-1'
  call host_check(names, units, host_levels, host_time_step, &
    {same}, status(5), message)
  names(1) = 'temperature'
  call host_check(names, units, host_levels, host_time_step, &
    {same}, status(6), message)
  print '(6(i0, 1x))', status
end program checks
"""


def test_the_check_finds_another_contract(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    made = make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, "fortran")
    text = made.source.read_text()
    coordinates = [name for name in ("a_mid", "b_mid", "height") if f"host_{name}(" in text]
    same, other = (", ".join(f"host_{name}{change}" for name in coordinates) for change in ("", " + 1.0e4_real64"))
    (tmp_path / "checks.f90").write_text(CHECK.format(same=same, other=other))
    subprocess.run([*drivers.STRICT[".f90"], "host.f90", "checks.f90", "-o", "checks"], cwd=tmp_path, check=True)
    printed = subprocess.run(["./checks"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["0", "4", "4", "4", "4", "4"]
