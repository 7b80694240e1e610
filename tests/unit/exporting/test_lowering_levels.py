"""Networks over levels as programs: each operation against torch on random shapes, and every shipped network."""

from collections.abc import Callable
from importlib import resources

import numpy as np
import pytest
import torch
from shipped_schemes import departure, random_scheme
from torch import Tensor, nn

from paramnet.cli.config import composed, typed
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.program.builder import NotLowerable
from paramnet.exporting.program.definition import LEVEL_OPERATIONS, Program
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.program.module import ProgramModule
from paramnet.exporting.program.reader import read_program
from paramnet.scheme.adapters import merge
from paramnet.training import TrainConfig

RMS, MAX = 4e-6, 5e-5  # rounding errors of float32, in standard deviations


class OnLevels(nn.Module):
    """Any function of (column, channel, level) and a layer as a network of flat columns."""

    def __init__(self, function: Callable[[Tensor, nn.Module], Tensor], layer: nn.Module, channels: int) -> None:
        super().__init__()
        self.function, self.layer, self.channels = function, layer, channels

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x.reshape(-1, self.channels, x.shape[1] // self.channels), self.layer).flatten(1)


def apply(h: Tensor, layer: nn.Module) -> Tensor:
    return layer(h)


def by_level(h: Tensor, layer: nn.Module) -> Tensor:
    return layer(h.transpose(1, 2)).transpose(1, 2)


def recurrent(h: Tensor, layer: nn.Module) -> Tensor:
    return layer(h.transpose(1, 2).contiguous())[0]


def attention(h: Tensor, layer: nn.Module) -> Tensor:
    q, k, v = layer(h.transpose(1, 2)).unflatten(2, (3, 2, -1)).permute(2, 0, 3, 1, 4)
    return nn.functional.scaled_dot_product_attention(q, k, v, scale=0.4).transpose(1, 2)


def squeezed(h: Tensor, layer: nn.Module) -> Tensor:
    return h * torch.sigmoid(layer(h.mean(2))).unsqueeze(2)


# A function, a layer for a number of channels, and the operation that the program needs.
CASES: dict[str, tuple[Callable[[Tensor, nn.Module], Tensor], Callable[[int], nn.Module], str]] = {
    "convolution": (apply, lambda n: nn.Conv1d(n, 7, 3, padding=1), "convolution"),
    "wide convolution without padding": (apply, lambda n: nn.Conv1d(n, 3, 5, bias=False), "convolution"),
    "strided convolution": (apply, lambda n: nn.Conv1d(n, 5, 3, stride=2, padding=1), "convolution"),
    "dilated convolution": (apply, lambda n: nn.Conv1d(n, 5, 3, dilation=2, padding=3), "convolution"),
    "convolution, activation and residual": (lambda h, f: h + torch.relu(f(h)), lambda n: nn.Conv1d(n, n, 3, padding=1), "convolution"),
    "layer at each level": (by_level, lambda n: nn.Linear(n, 9), "convolution"),
    "group normalization": (apply, lambda n: nn.GroupNorm(2, n), "normalize"),
    "group normalization and activation": (lambda h, f: nn.functional.silu(f(h)), lambda n: nn.GroupNorm(2, n, affine=False), "normalize"),
    "layer normalization": (by_level, nn.LayerNorm, "normalize"),
    "normalization of a matrix": (lambda h, f: f(h.mean(2)), nn.LayerNorm, "normalize"),
    "one direction": (recurrent, lambda n: nn.LSTM(n, 5, batch_first=True), "lstm"),
    "both directions, two layers, no bias": (
        recurrent, lambda n: nn.LSTM(n, 3, 2, bias=False, batch_first=True, bidirectional=True), "lstm",
    ),
    "attention": (attention, lambda n: nn.Linear(n, 24), "attention"),
    "squeeze and excite": (squeezed, lambda n: nn.Linear(n, n), "sum"),
    "a sum over channels": (lambda h, f: h - h.sum(1, keepdim=True), nn.Identity, "sum"),
    "repeated levels": (lambda h, f: torch.repeat_interleave(h, 2, dim=2)[:, :, 1:-1], nn.Identity, "rows"),
    "joined channels": (lambda h, f: f(torch.cat([h, h.flip(2)], 1)), lambda n: nn.Conv1d(2 * n, 4, 1), "convolution"),
    "an offset of each level": (lambda h, f: torch.sin(h + torch.linspace(0, 1, h.shape[2])) * torch.cos(h[:, :1]), nn.Identity, "sin"),
    "two levels exchanged": (lambda h, f: h[:, :, [1, 0, 2]] * 2 - h[:, :, 2:3], nn.Identity, "subtract"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("channels", "levels"), [(4, 7), (6, 12), (10, 5)])
def test_an_operation_along_levels_computes_the_same(name: str, channels: int, levels: int) -> None:
    function, layer, op = CASES[name]
    torch.manual_seed(channels)
    module = OnLevels(function, layer(channels), channels).eval()
    columns = np.random.default_rng(levels).normal(size=(300, channels * levels)).astype(np.float32)
    program, rms, largest = departure(module, columns)
    assert rms <= RMS and largest <= MAX
    assert op in {operation["op"] for operation in program.operations}
    again = read_program(*program.to_members(), "program.json")
    assert again.operations == program.operations
    x = torch.from_numpy(columns[:20]).double()
    with torch.no_grad():
        np.testing.assert_allclose(ProgramModule(again)(x).numpy(), module.double()(x).numpy(), atol=1e-6)


def test_queries_keys_and_values_are_computed_one_by_one() -> None:
    program = lower(OnLevels(attention, nn.Linear(4, 24), 4).eval(), 28)
    assert [operation["op"] for operation in program.operations] == ["input", "rows", *["convolution"] * 3, "attention", "output"]


STEPPED = {"column_memory", "flow"}  # take numbers of state or random numbers, and have tests of their own
SHIPPED = sorted(
    file.name.removesuffix(".yaml") for file in (resources.files("paramnet.conf") / "model").iterdir() if file.name.endswith(".yaml")
)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in STEPPED])
def test_every_shipped_network_has_a_program(convection: Contract, convection_columns: np.ndarray, name: str) -> None:
    model = typed(composed("train", [f"model={name}", "store=none"]), TrainConfig).model
    scheme = random_scheme(convection, convection_columns[:400], model)
    merge(scheme.network)  # constrained weights become plain ones, as in load_checkpoint
    program, rms, largest = departure(scheme, convection_columns[:400])
    assert rms <= RMS and largest <= MAX
    assert (program.version == 2) == (name.startswith("column_") or name == "random_fourier")


@pytest.mark.parametrize("layer", [nn.GRU(4, 3, batch_first=True), nn.LSTM(4, 3), nn.LSTM(4, 3, proj_size=2, batch_first=True)])
def test_another_recurrence_is_refused_by_name(layer: nn.Module) -> None:
    with pytest.raises(NotLowerable) as refused:
        lower(OnLevels(recurrent, layer, 4), 28)
    assert "layer" in refused.value.what and type(layer).__name__ in refused.value.got


LIES: dict[str, tuple[str, dict, str]] = {
    "levels that do not divide": ("convolution", {"levels": 5}, "in"),
    "no level": ("convolution", {"levels": 0}, "levels"),
    "a window beyond the levels": ("convolution", {"dilation": 9}, "window"),
    "a stride of zero": ("convolution", {"stride": 0}, "stride"),
    "more padding than told": ("convolution", {"padding": 2}, "out"),
    "another key": ("convolution", {"groups": 1}, ""),
    "groups that do not divide": ("normalize", {"groups": 3}, "groups"),
    "a negative epsilon": ("normalize", {"epsilon": -1.0}, "epsilon"),
    "no flag": ("normalize", {"by_level": 1}, "by_level"),
    "another direction": ("lstm", {"directions": "down"}, "directions"),
    "one direction of two": ("lstm", {"directions": "forward"}, "state_weight"),
    "heads that do not divide": ("attention", {"heads": 3}, "heads"),
    "two values": ("attention", {"in": [1, 1]}, "in"),
    "no factor": ("attention", {"factor": None}, "factor"),
    "half of the levels": ("sum", {"levels": 5}, "levels"),
}


def everything() -> Program:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm = nn.Conv1d(4, 4, 3, padding=1), nn.GroupNorm(2, 4)
            self.lstm, self.read = nn.LSTM(4, 2, batch_first=True, bidirectional=True), nn.Linear(4, 24)

        def forward(self, x: Tensor) -> Tensor:
            h = self.norm(self.first(x.reshape(-1, 4, 6)))
            return attention(self.lstm(h.transpose(1, 2))[0].transpose(1, 2), self.read).flatten(2).mean(1)

    return lower(Network().eval(), 24)


@pytest.fixture(scope="module")
def honest() -> Program:
    return everything()


@pytest.mark.parametrize("name", LIES)
def test_sizes_that_do_not_match_are_refused(honest: Program, name: str) -> None:
    op, change, key = LIES[name]
    assert {*LEVEL_OPERATIONS, "sum"} <= {operation["op"] for operation in honest.operations}
    changed = [operation | change if operation["op"] == op else operation for operation in honest.operations]
    with pytest.raises(ParamnetError) as refused:
        read_program(*Program(honest.constants, honest.values, changed).to_members(), "program.json")
    position = next(place for place, operation in enumerate(honest.operations) if operation["op"] == op)
    assert refused.value.what == f"operations[{position}]" + (f".{key}" if key else "")


def test_version_1_has_none_of_the_new_operations(honest: Program) -> None:
    text, weights = honest.to_members()
    with pytest.raises(ParamnetError) as refused:
        read_program(text.replace(b'"version": 2', b'"version": 1'), weights, "program.json")
    assert refused.value.what.endswith(".op")
