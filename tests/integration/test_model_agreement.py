"""Every shipped model on real columns: interpreter, native kernel, libtorch and generated sources against an evaluation in float64.

Weights are random, as large as those of trained networks, statistics those of the E3SM-MMF pairs. Bounds as in test_bridge_parity, in
standard deviations of each output: of the predictions or of the training data, whichever is larger, because some networks of random
weights vary little. `pytest -s` prints the numbers of each model.
"""

import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from paramnet.bridge import Scheme as Bridge
from paramnet.cli.config import composed, typed
from paramnet.contract import Contract
from paramnet.exporting import contract_manifest, load_program, read_manifest, write_artefact
from paramnet.exporting.program.interpreter import interpret
from paramnet.noise import standard_normal
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.scheme.adapters import merge
from paramnet.scheme.normalization import Features
from paramnet.scheme.scheme import Scheme
from paramnet.store import Store, open_store
from paramnet.training import TrainConfig
from paramnet.training.data import load_split

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
import source_drivers as drivers

pytestmark = pytest.mark.long

COLUMNS, BLOCK = 10_000, 500
RMS, LARGEST = 3e-6, 5e-5
LIBTORCH_RMS = 4e-6  # its own order of sums in float32, as in test_bridge_parity
MODELS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "conf" / "model").glob("*.yaml"))
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def store(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("agreement") / "store"
    overrides = ["source=climsim", "splits=months", f"input={shared_data / 'climsim_low_res'}", f"store={folder}"]
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return open_store(preprocess(typed(compose("preprocess", overrides), PreprocessConfig)))


@dataclass(frozen=True)
class Case:
    """``columns`` : (column, n_in), real. ``exact`` : (column, n_out) in float64, with zero state and these random numbers.

    ``std`` : (n_out), the unit of differences; zero where an output is constant.
    """

    scheme: Path
    columns: NDArray[np.float32]
    carried: NDArray[np.float32]
    exact: Array
    std: Array

    def departure(self, got: NDArray[np.floating]) -> tuple[float, float]:
        """rms of the worst output and largest difference, in standard deviations; constant outputs must be exact."""
        varies = self.std > 0
        assert np.array_equal(got[:, ~varies], self.exact[:, ~varies].astype(np.float32))
        difference = np.abs(got - self.exact)[:, varies] / self.std[varies]
        return float(np.sqrt(np.square(difference).mean(axis=0)).max()), float(difference.max())


def scheme_of(name: str, store: Store, columns: NDArray[np.float32]) -> Scheme:
    """The model with its features, and without constraints, whose variables ClimSim's contract does not have."""
    config = typed(composed("train", [f"model={name}", "store=none"]), TrainConfig)
    known = {variable.name for variable in store.contract.inputs}
    features = [one for one in config.features if set(one.variables.values()) <= known]
    torch.manual_seed(7)
    scheme = Scheme(store.contract, store.statistics("inputs"), store.statistics("outputs"), config.model, features, [])
    for layer in scheme.modules():
        if isinstance(layer, nn.Linear) and not is_parametrized(layer):
            nn.init.kaiming_normal_(layer.weight, a=0.3)
    merge(scheme.network)  # as a checkpoint is read: plain layers in place of symmetric ones and the like
    if isinstance(scheme.features, Features):
        scheme.features.fit(torch.from_numpy(columns))
    return scheme.eval()


def exact(scheme: Scheme, rows: NDArray[np.float32]) -> Array:
    wide = copy.deepcopy(scheme).double()
    with torch.inference_mode():
        blocks = [wide(torch.from_numpy(rows[first : first + BLOCK]).double()).numpy() for first in range(0, len(rows), BLOCK)]
    return np.concatenate(blocks)


@pytest.fixture(params=MODELS)
def case(request: pytest.FixtureRequest, store: Store, built_bridge: Path, tmp_path: Path) -> Iterator[Case]:
    columns = load_split(store.split("train"), 0, COLUMNS).inputs.numpy()
    assert len(columns) == COLUMNS
    scheme = scheme_of(request.param, store, columns)
    random = standard_normal(*drivers.NOISE, drivers.FIRST_COLUMN + np.arange(COLUMNS), scheme.noise)
    carried = np.concatenate([np.zeros((COLUMNS, scheme.memory), np.float32), random], axis=1)
    state = [{"name": "memory", "start": [0.0] * scheme.memory}] if scheme.memory else []
    manifest = contract_manifest(store.contract, "") | {"state": state, "random_numbers": scheme.noise}
    write_artefact(scheme, manifest, tmp_path / "scheme.pt")
    assert load_program(tmp_path / "scheme.pt") is not None, read_manifest(tmp_path / "scheme.pt")["native"]
    outputs = exact(scheme, np.concatenate([columns, carried], axis=1))[:, : store.contract.n_out]
    own = outputs.std(axis=0)
    std = np.where(own > 0, np.maximum(own, store.statistics("outputs").std), 0.0)
    yield Case(tmp_path / "scheme.pt", columns, carried, outputs, std)


def through_bridge(case: Case, backend: str, contract: Contract) -> NDArray[np.float32]:
    scheme = Bridge(case.scheme, backend=backend, strict=False)
    if not case.carried.shape[1]:
        return scheme.predict(case.columns)[0].astype(np.float32)  # type: ignore[union-attr]
    outputs = np.zeros((contract.n_out, len(case.columns)), np.float32).T
    for variable in contract.inputs:
        part = case.columns[:, contract.input_columns[variable.name]].copy()
        scheme.bind_input(variable.name, variable.units, part if variable.is_profile else part[:, 0].copy())
    for variable in contract.outputs:
        part = outputs[:, contract.output_columns[variable.name]]
        scheme.bind_output(variable.name, variable.units, part if variable.is_profile else part[:, 0])
    scheme.bind_columns(drivers.FIRST_COLUMN + np.arange(len(case.columns)))
    scheme.set_noise(*drivers.NOISE[:2])
    scheme.set_step(drivers.NOISE[2])
    if read_manifest(case.scheme)["state"]:
        scheme.start_state()
    scheme.run(len(case.columns))
    return outputs


def through_source(case: Case, language: str) -> NDArray[np.float32]:
    source = drivers.write(case.scheme, language)
    drivers.build(source, read_manifest(case.scheme), None, "real32", "-O2", "-march=native")
    memory = sum(len(one["start"]) for one in read_manifest(case.scheme)["state"])
    outputs, _, flags, _, _ = drivers.run(source.parent, case.columns, case.exact.shape[1], np.zeros((len(case.columns), memory)))
    assert not flags.any()
    return outputs


def test_every_way_to_run_a_model_agrees_with_float64(case: Case, store: Store, request: pytest.FixtureRequest) -> None:
    program = load_program(case.scheme)
    assert program is not None
    n_out = case.exact.shape[1]
    found = {
        "interpreter": interpret(program, np.concatenate([case.columns, case.carried], axis=1))[:, :n_out],
        "native": through_bridge(case, "native", store.contract),
        "libtorch": through_bridge(case, "torchscript", store.contract),
        "fortran": through_source(case, "fortran"),
        "cpp": through_source(case, "cpp"),
    }
    departures = {way: case.departure(outputs) for way, outputs in found.items()}
    print(f"\n{request.node.callspec.id}: " + ", ".join(f"{way} {rms:.1e} {largest:.1e}" for way, (rms, largest) in departures.items()))
    for way, (rms, largest) in departures.items():
        assert rms <= (LIBTORCH_RMS if way == "libtorch" else RMS) and largest <= LARGEST, (way, rms, largest)
