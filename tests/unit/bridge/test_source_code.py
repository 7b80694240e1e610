"""Generated Fortran and C++, compiled with every warning an error, give the native kernel's numbers without any library of ours."""

import shutil
from collections.abc import Callable
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
from paramnet.exporting import load_program, read_manifest
from paramnet.exporting.program.interpreter import interpret
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


@languages
@pytest.mark.parametrize("name", CASES)
def test_source_code_agrees_with_the_native_kernel(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, name: str, language: str
) -> None:
    made = drivers.make(random_scheme(convection, convection_columns, *CASES[name]), convection, tmp_path, language)
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
    made = drivers.make(Functions(convection, convection_columns, kind), convection, tmp_path, language)
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
    made = drivers.make(module, convection, tmp_path, language, "real32", "-O2", "-march=native", "-fopenmp")
    together, _ = made.outputs(convection_columns[:200])
    for first, count in ((0, 1), (63, 2), (5, 64), (70, 130)):
        np.testing.assert_array_equal(made.outputs(convection_columns[first : first + count])[0], together[first : first + count])
    (tmp_path / "double").mkdir()
    double = drivers.make(module, convection, tmp_path / "double", language, "real64")
    np.testing.assert_array_equal(double.outputs(convection_columns[:200], "real64")[0].astype("f4"), together)


def test_the_longest_name_compiles_with_openacc(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    module = random_scheme(convection, convection_columns, *CASES["column_unet"])
    made = drivers.make(module, convection, tmp_path, "fortran", "real32", "-O2", "-march=native")
    plain, _ = made.outputs(convection_columns[:100])
    (tmp_path / "long").mkdir()
    source = write_source(SourceCodeConfig(str(made.scheme), str(tmp_path / "long" / f"{'n' * 24}.f90"), "fortran"))[0]
    drivers.build(source, read_manifest(made.scheme), None, "real32", "-O2", "-march=native", "-fopenacc")
    np.testing.assert_allclose(drivers.run(source.parent, convection_columns[:100], made.n_out)[0], plain, rtol=1e-5, atol=1e-12)


@languages
def test_columns_that_are_not_finite_are_flagged_and_zero(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, language: str
) -> None:
    made = drivers.make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, language)
    columns = convection_columns[:70].copy()
    columns[3, 7], columns[68, 0] = np.nan, np.inf
    outputs, flags = made.outputs(columns)
    assert set(np.flatnonzero(flags)) == {3, 68} and (flags[[3, 68]] & 1).all()
    assert not outputs[[3, 68]].any() and outputs[[2, 4, 67, 69]].any(axis=1).all()


def test_damaged_weights_are_refused(convection: Contract, convection_columns: np.ndarray, tmp_path: Path) -> None:
    made = drivers.make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, "fortran")
    weights = made.source.with_suffix(".bin")
    whole = weights.read_bytes()
    for content, status in ((whole[:-1], 3), (whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:], 3), (None, 2)):
        weights.unlink()
        if content is not None:
            weights.write_bytes(content)
        with pytest.raises(AssertionError, match=f"^{status} host.bin: expected"):
            made.outputs(convection_columns[:3])
        weights.write_bytes(whole)


def test_a_language_or_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for language, output, what in (("cobol", "host.f90", "language"), ("fortran", "My-Scheme.f90", "output")):
        with pytest.raises(ParamnetError) as refused:
            SourceCodeConfig("scheme.pt", output, language)
        assert refused.value.what == what
