"""Every shipped scheme is lowered to a program that computes the same; an operation outside the closed list is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch
from shipped_schemes import CONSTRAINTS, FEATURES, SO_FAR, departure, random_scheme
from torch import Tensor, nn
from torch.nn import functional

from paramnet.contract import Contract
from paramnet.exporting.program.builder import NotLowerable
from paramnet.exporting.program.definition import BINARY, FUNCTIONS, LEVEL_OPERATIONS, Program
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.program.reader import read_program
from paramnet.scheme.networks import ModelConfig

RMS, MAX = 4e-6, 5e-5  # rounding errors of float32, in standard deviations

MODELS = {
    "linear": ModelConfig(kind="linear"),
    "rasp2018": ModelConfig(hidden=[256] * 9),
    **{activation: ModelConfig(hidden=[64, 64], activation=activation) for activation in ("leaky_relu", "relu", "gelu", "silu")},
    "skip": ModelConfig(hidden=[64, 64], skip=True),
    "limited": ModelConfig(hidden=[64, 64], input_limit=2.0),
    **{
        f"gate per {gate}": ModelConfig(hidden=[64, 64], gate=gate, gate_stretch=0.1, skip=True) for gate in ("column", "variable", "level")
    },
}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_computes_the_same_as_a_program(convection: Contract, convection_columns: np.ndarray, name: str) -> None:
    program, rms, largest = departure(random_scheme(convection, convection_columns, MODELS[name]), convection_columns)
    assert rms <= RMS and largest <= MAX
    require_closed_list(program)


@pytest.mark.parametrize("kind", FEATURES)
def test_every_feature_computes_the_same_in_float64_inside(convection: Contract, convection_columns: np.ndarray, kind: str) -> None:
    advanced = SO_FAR if "temperature" in FEATURES[kind] else {}
    for variables in (FEATURES[kind], FEATURES[kind] | advanced):
        scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[32]), {kind: variables})
        program, rms, largest = departure(scheme, convection_columns)
        assert rms <= RMS and largest <= MAX
        assert [operation["op"] for operation in program.operations if program.values[operation.get("out", 0)].type == "float64"]


@pytest.mark.parametrize("kind", CONSTRAINTS)
def test_every_constraint_computes_the_same(convection: Contract, convection_columns: np.ndarray, kind: str) -> None:
    dry = {key: value for key, value in CONSTRAINTS[kind].items() if key != "humidity"}
    for variables in (CONSTRAINTS[kind], dry):
        scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[32]), None, {kind: variables})
        program, rms, largest = departure(scheme, convection_columns)
        assert rms <= RMS and largest <= MAX
        require_closed_list(program)
        assert program.version == 1


def test_everything_at_once_computes_the_same(convection: Contract, convection_columns: np.ndarray) -> None:
    model = ModelConfig(hidden=[64, 64], activation="silu", gate="variable", gate_stretch=0.1, skip=True, input_limit=10.0)
    _, rms, largest = departure(random_scheme(convection, convection_columns, model, FEATURES, CONSTRAINTS), convection_columns)
    assert rms <= RMS and largest <= MAX


def test_a_deep_network_on_real_columns_computes_the_same(shared_data: Path) -> None:
    """23,040 columns of E3SM-MMF through 9 x 256 with humidity and buoyancy in addition to the inputs."""
    contract, columns = Contract.from_yaml("climsim_v1"), real_columns(shared_data / "climsim_low_res")
    state = {kind: FEATURES[kind] for kind in ("relative_humidity_over_liquid", "moist_buoyancy")}
    scheme = random_scheme(contract, columns, ModelConfig(hidden=[256] * 9), state)
    _, rms, largest = departure(scheme, columns)
    assert len(columns) >= 10_000 and rms <= RMS and largest <= MAX


def real_columns(folder: Path) -> np.ndarray:
    """Inputs of climsim_v1 from every file before physics : (column, 124), float32."""
    parts = []
    for path in sorted(folder.glob("*.mli.*.nc")):
        with netCDF4.Dataset(path) as file:
            profiles = [np.asarray(file[name][:]).T for name in ("state_t", "state_q0001")]
            singles = [np.asarray(file[name][:])[:, None] for name in ("state_ps", "pbuf_SOLIN", "pbuf_LHFLX", "pbuf_SHFLX")]
        parts.append(np.concatenate(profiles + singles, axis=1))
    return np.concatenate(parts).astype(np.float32)


def require_closed_list(program: Program) -> None:
    """Check that operations are those of docs/reference/artefact.md, and that each value has rows and is made once, before it is read."""
    known = {"input", "output", "cast", "clamp", "dense", "rows", "concatenate", "sum", "cumulative_sum", *BINARY, *FUNCTIONS}
    known |= set(LEVEL_OPERATIONS)
    assert {operation["op"] for operation in program.operations} <= known
    assert [operation["out"] for operation in program.operations[:-1]] == list(range(len(program.values)))
    assert program.operations[0]["op"] == "input" and program.operations[-1]["op"] == "output"
    assert all(value.rows > 0 for value in program.values)


def test_a_network_has_one_operation_per_layer(convection: Contract, convection_columns: np.ndarray) -> None:
    program = lower(random_scheme(convection, convection_columns, ModelConfig(hidden=[32, 32], skip=True)), convection.n_in)
    assert [operation["op"] for operation in program.operations] == [
        "input", "subtract", "multiply", "dense", "dense", "dense", "dense", "multiply", "add", "output",
    ]  # fmt: skip
    layers = [operation for operation in program.operations if operation["op"] == "dense"]
    assert [layer["activation"] and layer["activation"]["op"] for layer in layers].count("leaky_relu") == 2
    assert [layer["residual"] is not None for layer in layers].count(True) == 1


class Function(nn.Module):
    """Any function of the input and one linear layer as a module."""

    def __init__(self, function: Callable[[Tensor, nn.Linear], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.function = function
        self.layer = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.layer)


TABLE = torch.linspace(0.5, 2, 6)

ALIKE: dict[str, Callable[[Tensor, nn.Linear], Tensor]] = {
    "a layer that is added to its input": lambda x, layer: x + torch.relu(layer(x)),
    "a residual inside the activation": lambda x, layer: torch.tanh(layer(x) + x),
    "two layers added": lambda x, layer: layer(x) + layer(x * 2),
    "a layer read twice": lambda x, layer: torch.relu(layer(x)) + layer(x),
    "a layer plus one row": lambda x, layer: layer(x) + x[:, :1],
    "a layer doubled": lambda x, layer: (lambda y: y + y)(layer(x)),
    "activation of an activation": lambda x, layer: torch.relu(torch.tanh(layer(x))),
    "an activation after a residual": lambda x, layer: torch.relu(torch.tanh(layer(x)) + x),
    "matrix product": lambda x, layer: x @ layer.weight,
    "sums": lambda x, layer: x.sum(1, keepdim=True) + x.cumsum(1) + x.mean(1)[:, None],
    "one row": lambda x, layer: x * x[:, 3].unsqueeze(1),
    "rows in any order": lambda x, layer: x[:, [5, 0, 0, 2, -1, 1]].flip(1),
    "every second row": lambda x, layer: torch.cat([x[:, ::2], x[:, 1::2]], 1),
    "split rows": lambda x, layer: torch.cat(torch.split(x, [2, 4], 1)[::-1], 1),
    "rows across a joint": lambda x, layer: torch.cat([x, -x], 1)[:, 3:9],
    "rows within a part": lambda x, layer: torch.cat([x, -x], 1)[:, 6:12].exp(),
    "an empty part": lambda x, layer: torch.cat([x[:, :0], x], 1) * 1.0,
    "a table": lambda x, layer: torch.minimum(x * TABLE, TABLE).clamp(min=-0.5) - torch.full_like(x, 0.25),
    "one row for all": lambda x, layer: x[:, :1].expand(-1, 6) / TABLE,
    "powers": lambda x, layer: x.abs().pow(1.5) + x.square() + x.abs() ** 0.5 + 2.0 ** x,
    "reciprocals": lambda x, layer: x.abs().add(1).rsqrt() + (x.abs() + 1).reciprocal(),
    "float64 inside": lambda x, layer: (x.double() * 1e-3 + TABLE).log().float(),
    "subtract a multiple": lambda x, layer: torch.sub(1 - x, x, alpha=3),
    "gelu, with erf": lambda x, layer: nn.functional.gelu(layer(x)),
    "elu, selu and celu": lambda x, layer: nn.functional.elu(layer(x), 0.7) + nn.functional.selu(x) + nn.functional.celu(layer(x), 1.5),
    "softplus and mish": lambda x, layer: nn.functional.softplus(9 * layer(x), 0.8) + nn.functional.mish(layer(x)),
    "its own silu": lambda x, layer: layer(x) * torch.sigmoid(layer(x)),
    "clamp by rows": lambda x, layer: torch.clamp(x, min=-TABLE, max=TABLE),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_other_modules_compute_the_same(name: str) -> None:
    columns = np.random.default_rng(4).normal(size=(1000, 6)).astype(np.float32)
    program, rms, largest = departure(Function(ALIKE[name]), columns)
    assert rms <= RMS and largest <= MAX
    require_closed_list(program)


def attention(x: Tensor) -> Tensor:
    return functional.scaled_dot_product_attention(x[None], x[None], x[None])[0, 0]


# A function, and what the error is about (what) and found (got).
REFUSED: dict[str, tuple[Callable[[Tensor, nn.Linear], Tensor], str, str]] = {
    "sorts": (lambda x, layer: torch.sort(x, dim=1)[0], "operation", "aten.sort.default"),
    "chooses": (lambda x, layer: torch.where(x > 0, x, -x), "operation", "aten.gt.Scalar"),
    "means over columns": (lambda x, layer: x - x.mean(0), "aten.mean.dim", "dimensions [0]"),
    "sums everything": (lambda x, layer: x / x.sum(), "aten.sum.dim_IntList", "dimensions []"),
    "reverses columns": (lambda x, layer: x.flip(0), "aten.flip.default", "dimensions [0]"),
    "omits the first column": (lambda x, layer: torch.cat([x[1:], x[:1]], 0), "scheme", "a failure"),
    "uses the first column": (lambda x, layer: x - x[:1], "aten.slice.Tensor", "columns 0:1:1"),
    "counts columns": (lambda x, layer: x * x.shape[0], "aten.mul", "number of columns"),
    "multiplies columns": (lambda x, layer: (x @ x.T) @ x, "aten.permute.default", "dimensions [1, 0]"),
    "half precision": (lambda x, layer: x.half().float(), "aten._to_copy.default", "torch.float16"),
    "a layer in float64": (
        lambda x, layer: nn.functional.linear(x.double(), layer.weight.double()).float(), "dense layer", "float64",
    ),
    "columns as levels": (lambda x, layer: x.reshape(-1, 2, 3).permute(1, 0, 2).reshape(2, -1)[:1, :6] + x, "aten.view.default", "shape"),
    "sums of columns": (lambda x, layer: x.reshape(-1, 2, 3).sum(0)[0] + x[:, :3], "aten.sum.dim_IntList", "dimensions [0]"),
    "a column of profiles": (lambda x, layer: x.reshape(-1, 2, 3)[0, 0] + x[:, :3], "aten.select.int", "column 0"),
    "attention between columns": (lambda x, layer: attention(x.reshape(1, -1, 6)), "attention", "shapes"),
    "groups of channels": (
        lambda x, layer: functional.conv1d(x.reshape(-1, 2, 3), layer.weight[:2, :1, None], groups=2).flatten(1), "aten.conv1d", "2",
    ),
    "one number a column": (lambda x, layer: x.sum(1), "output", "shape"),
    "constant output": (lambda x, layer: torch.full_like(x, 2.0), "output", "another result"),
    "fixed batch": (lambda x, layer: x * torch.ones(3, 6), "scheme", "columns"),
    "looks at values": (lambda x, layer: x if float(x.sum()) > 0 else -x, "scheme", "a failure"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_operation_outside_the_closed_list_is_refused_by_name(name: str) -> None:
    function, what, got = REFUSED[name]
    with pytest.raises(NotLowerable) as refused:
        lower(Function(function), 6)
    assert what in refused.value.what and got in refused.value.got


def test_the_members_contain_the_complete_program(convection: Contract, convection_columns: np.ndarray) -> None:
    program = lower(random_scheme(convection, convection_columns, ModelConfig(hidden=[16]), FEATURES), convection.n_in)
    text, weights = program.to_members()
    assert json.loads(text)["version"] == 1  # nothing of version 2 is needed
    again = read_program(text, weights, "program.json")
    assert again.operations == program.operations and again.values == program.values
    for kept, read in zip(program.constants, again.constants, strict=True):
        assert kept.dtype == read.dtype
        np.testing.assert_array_equal(kept, read)
