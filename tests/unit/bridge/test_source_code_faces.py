"""Generated sources beyond the network: random numbers, the range of the training data, the check of the contract, the weights' hash."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import source_drivers as drivers
from shipped_schemes import random_scheme
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.exporting import load_program
from paramnet.exporting.manifest import contract_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.exporting.source_code import SourceCodeConfig, write_source
from paramnet.noise import standard_normal
from paramnet.scheme.networks import ModelConfig

LANGUAGES = {"fortran": "gfortran", "cpp": "g++"}
languages = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def _compilers() -> None:
    missing = [compiler for compiler in LANGUAGES.values() if not shutil.which(compiler)]
    if missing:
        pytest.skip(f"no {missing[0]}")


class Noise(nn.Module):
    """Gives its random numbers back, all that reach an output."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.first, self.last = contract.n_in, contract.n_in + contract.n_out

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.first : self.last]


@languages
def test_random_numbers_have_the_bits_of_the_bridge(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, language: str
) -> None:
    manifest = contract_manifest(convection, "") | {"random_numbers": convection.n_out}
    made = drivers.make(Noise(convection), convection, tmp_path, language, "real32", "-O3", "-march=native", manifest=manifest)
    outputs, _ = made.outputs(convection_columns[:150])
    columns = drivers.FIRST_COLUMN + np.arange(150)
    np.testing.assert_array_equal(outputs, standard_normal(*drivers.NOISE, columns, convection.n_out))


@languages
@pytest.mark.parametrize("kind", ["real32", "real64"])
def test_columns_outside_the_range_of_the_training_data_are_reported(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path, language: str, kind: str
) -> None:
    columns = convection_columns[:100].copy()
    limits = {"min": columns.min(axis=0).tolist(), "max": columns.max(axis=0).tolist()}
    manifest = contract_manifest(convection, "") | {"envelope": {"inputs": limits}}
    module = random_scheme(convection, convection_columns, ModelConfig(hidden=[16]))
    made = drivers.make(module, convection, tmp_path, language, kind, manifest=manifest)
    columns[3, 0], columns[70, -1] = np.nextafter(limits["min"][0], -np.inf, dtype="f4"), 2 * limits["max"][-1]
    columns[40, 5] = np.inf  # not finite, which has its own flag
    outputs, _, flags, outside, _ = drivers.run(tmp_path, columns, made.n_out, kind=kind)
    assert list(np.flatnonzero(outside)) == [3, 70] and list(np.flatnonzero(flags)) == [40]
    assert outputs[[3, 70]].any(axis=1).all()  # reported, but computed


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
    made = drivers.make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, "fortran")
    text = made.source.read_text()
    coordinates = [name for name in ("a_mid", "b_mid", "height") if f"host_{name}(" in text]
    same, other = (", ".join(f"host_{name}{change}" for name in coordinates) for change in ("", " + 1.0e4_real64"))
    (tmp_path / "checks.f90").write_text(CHECK.format(same=same, other=other))
    subprocess.run([*drivers.STRICT[".f90"], "host.f90", "checks.f90", "-o", "checks"], cwd=tmp_path, check=True)
    printed = subprocess.run(["./checks"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["0", "4", "4", "4", "4", "4"]


CPP_CHECK = """#include "host.hpp"
#include <cstdio>
int main() {
    std::vector<std::string> names, units;
    for (const host::Variable& one : host::variables) names.push_back(one.name), units.push_back(one.units);
    LISTS
    std::string message;
    const auto check = [&](int levels, double time_step) {
        std::printf("%d ", static_cast<int>(host::check(names, units, levels, time_step, ARGUMENTS message)));
    };
    check(host::levels, host::time_step);
    check(host::levels + 1, host::time_step);
    check(host::levels, 2 * host::time_step);
    FIRST.back() += 1e4;
    check(host::levels, host::time_step);
    FIRST.back() -= 1e4;
    units[1] = "g kg-1";
    check(host::levels, host::time_step);
    names[0] = "temperature";
    check(host::levels, host::time_step);
    names.pop_back();
    check(host::levels, host::time_step);
    std::FILE* const file = std::fopen("weights.bin", "wb");
    std::fwrite(host::detail::constants_64, 1, sizeof host::detail::constants_64, file);
    std::fwrite(host::detail::constants_32, 1, sizeof host::detail::constants_32, file);
    std::fwrite(host::detail::constants_index, 1, sizeof host::detail::constants_index, file);
    std::fclose(file);
    std::printf("%s", host::weights_sha256);
}
"""


def test_the_header_finds_another_contract_and_has_the_hash_of_its_weights(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path
) -> None:
    made = drivers.make(random_scheme(convection, convection_columns, ModelConfig(hidden=[16])), convection, tmp_path, "cpp")
    coordinates = [name for name in ("a_mid", "b_mid", "height") if re.search(rf"constexpr double {name}\[", made.source.read_text())]
    lists = "\n    ".join(f"std::vector<double> {name}(std::begin(host::{name}), std::end(host::{name}));" for name in coordinates)
    arguments = "".join(f"{name}, " for name in coordinates)
    program = CPP_CHECK.replace("LISTS", lists).replace("ARGUMENTS", arguments).replace("FIRST", coordinates[0])
    (tmp_path / "checks.cpp").write_text(program)
    subprocess.run([*drivers.STRICT[".hpp"], "checks.cpp", "-o", "checks"], cwd=tmp_path, check=True)
    *statuses, sha256 = subprocess.run(["./checks"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert statuses == ["0", "4", "4", "4", "4", "4", "4"]
    assert hashlib.sha256((tmp_path / "weights.bin").read_bytes()).hexdigest() == sha256
    _, weights = write_source(SourceCodeConfig(str(made.scheme), str(tmp_path / "host.f90"), "fortran"))
    assert weights.read_bytes() == (tmp_path / "weights.bin").read_bytes()


FLANG = [*(f"flang-new-{version}" for version in (16, 17, 18, 19)), "flang-20", "flang-21", "flang-22"]


def test_flang_gives_the_numbers_of_the_interpreter_and_the_same_noise(
    convection: Contract, convection_columns: np.ndarray, tmp_path: Path
) -> None:
    found = next((name for name in FLANG if shutil.which(name)), None)
    if found is None:
        pytest.skip(f"no flang ({FLANG[0]} or later)")
    # Debian's version 16 links programs only when asked to.
    compiler = [found, "-std=f2018", *(["-flang-experimental-exec"] if found == "flang-new-16" else [])]
    columns, draws = convection_columns[:150], convection.n_out
    network = random_scheme(convection, convection_columns, ModelConfig(hidden=[48, 33], activation="silu"))
    cases = {"network": (network, 0), "noise": (Noise(convection), draws)}
    for name, (module, random_numbers) in cases.items():
        (tmp_path / name).mkdir()
        manifest = contract_manifest(convection, "") | {"random_numbers": random_numbers}
        made = drivers.make(module, convection, tmp_path / name, "fortran", "real32", "-O2", manifest=manifest, compiler=compiler)
        outputs, flags = made.outputs(columns)
        assert not flags.any()
        if name == "noise":
            np.testing.assert_array_equal(outputs, standard_normal(*drivers.NOISE, drivers.FIRST_COLUMN + np.arange(150), draws))
        else:
            program = load_program(made.scheme)
            assert program is not None
            expected = interpret(program, columns)
            assert np.abs((outputs - expected) / expected.std(axis=0)).max() < 1e-5
