"""The shipped networks over levels run natively: as the interpreter, with the same bits for any columns and threads, without libtorch."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from shipped_schemes import random_scheme

from paramnet.bridge import Scheme
from paramnet.bridge.build import BuildConfig
from paramnet.cli.config import composed, typed
from paramnet.contract import Contract
from paramnet.exporting import load_program, write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.training import TrainConfig


@pytest.mark.parametrize("name", ["column_unet", "column_bilstm", "column_transformer", "random_fourier"])
def test_a_network_over_levels_runs_without_libtorch(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, name: str
) -> None:
    columns = convection_columns[:300]
    scheme = random_scheme(convection, columns, typed(composed("train", [f"model={name}", "store=none"]), TrainConfig).model)
    path = tmp_path / "scheme.pt"
    write_artefact(scheme, contract_manifest(convection, ""), path)
    program = load_program(path)
    assert program is not None and program.version == 2
    outputs, flags = Scheme(path, backend="native").predict(columns)
    expected = interpret(program, columns)
    assert not flags.any()
    np.testing.assert_allclose(outputs / expected.std(axis=0), expected / expected.std(axis=0), rtol=0, atol=5e-5)

    threaded = Scheme(path, backend="native", threads=2).predict(columns)[0]
    np.testing.assert_array_equal(threaded, outputs)
    for first, count in ((0, 1), (7, 8), (40, 33), (255, 45)):
        part = Scheme(path, backend="native").predict(columns[first : first + count])[0]
        np.testing.assert_array_equal(part, outputs[first : first + count])

    host = next(BuildConfig().build_folder.rglob("native_only"), None)  # ends with an error if a native run maps libtorch
    if host is None:
        pytest.skip("the bridge was built without its tests")
    done = subprocess.run([host, path, "1"], capture_output=True, text=True, check=False)
    assert "native:" in done.stdout, done.stderr
