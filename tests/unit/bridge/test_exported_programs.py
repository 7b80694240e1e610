"""An exported program gives the same results in the native backend and in the reference interpreter."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from shipped_schemes import CONSTRAINTS, FEATURES, SO_FAR, random_scheme
from torch import Tensor, nn
from torch.nn import functional

from paramnet.bridge import Scheme
from paramnet.contract import Contract
from paramnet.exporting import load_program, write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.exporting.program.interpreter import interpret
from paramnet.scheme.networks import ModelConfig

ALL_FEATURES = {kind: variables | (SO_FAR if "temperature" in variables else {}) for kind, variables in FEATURES.items()}
SHIPPED = {
    "linear": (ModelConfig(kind="linear"), None, None),
    "9 x 256": (ModelConfig(hidden=[256] * 9), None, None),
    "every feature and constraint": (
        ModelConfig(hidden=[48, 48], activation="silu", gate="variable", gate_stretch=0.1, skip=True, input_limit=10.0),
        ALL_FEATURES,
        CONSTRAINTS,
    ),
    "gelu, gate per level": (
        ModelConfig(hidden=[33], activation="gelu", gate="level"),
        None,
        {"non_negative": CONSTRAINTS["non_negative"]},
    ),
}


def run_both(module: nn.Module, contract: Contract, columns: np.ndarray, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of the native backend and of the interpreter, (column, n_out)."""
    write_artefact(module, contract_manifest(contract, ""), folder / "scheme.pt")
    program = load_program(folder / "scheme.pt")
    assert program is not None
    outputs, flags = Scheme(folder / "scheme.pt", backend="native").predict(columns)
    assert not flags.any()
    return outputs, interpret(program, columns)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scheme_agrees_with_the_interpreter(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, name: str
) -> None:
    model, features, constraints = SHIPPED[name]
    scheme = random_scheme(convection, convection_columns, model, features, constraints)
    outputs, expected = run_both(scheme, convection, convection_columns, tmp_path)
    np.testing.assert_allclose(outputs / expected.std(axis=0), expected / expected.std(axis=0), rtol=0, atol=5e-5)


FUNCTIONS: list[Callable[[Tensor], Tensor]] = [
    torch.neg, torch.abs, torch.sign, torch.exp, torch.expm1, lambda x: torch.log(x.abs() + 0.1), lambda x: torch.log1p(x.abs()),
    lambda x: torch.sqrt(x.abs()), torch.tanh, torch.sigmoid, torch.relu, functional.silu, functional.gelu,
    lambda x: functional.gelu(x, approximate="tanh"), lambda x: functional.leaky_relu(x, 0.3),
]  # fmt: skip


class EveryFunction(nn.Module):
    """Two rows of each function, of standardized inputs; in float64 inside if ``double``, in a dense layer if ``dense``."""

    def __init__(self, columns: np.ndarray, double: bool = False, dense: bool = False) -> None:
        super().__init__()
        torch.manual_seed(11)
        self.register_buffer("mean", torch.from_numpy(columns.mean(axis=0)))
        self.register_buffer("inverse_std", torch.from_numpy(1 / columns.std(axis=0)))
        self.layers = nn.ModuleList([nn.Linear(53, 2) for _ in FUNCTIONS]) if dense else nn.ModuleList()
        self.double_inside = double

    def forward(self, x: Tensor) -> Tensor:
        z = (x - self.mean) * self.inverse_std
        if len(self.layers):
            return torch.cat([function(layer(z) + z[:, :2]) for function, layer in zip(FUNCTIONS, self.layers, strict=True)], dim=1)
        if self.double_inside:
            z = z.double()
        return torch.cat([function(z[:, 3 * i : 3 * i + 2]) for i, function in enumerate(FUNCTIONS)], dim=1).to(x.dtype)


class EveryCombination(nn.Module):
    """Arithmetic of two values, of one row and many, sums, running sums, limits, and rows in any order."""

    def __init__(self, columns: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(columns.mean(axis=0)))
        self.register_buffer("inverse_std", torch.from_numpy(1 / columns.std(axis=0)))

    def forward(self, x: Tensor) -> Tensor:
        z = (x - self.mean) * self.inverse_std
        a, b, c = z[:, :6], z[:, 7:13], z[:, 20:21]
        first = torch.cat([a * b + c, c - a, torch.minimum(a, b) / (1 + b.abs()), torch.maximum(a, c).clamp(-0.5, 1.5)], dim=1)
        last = torch.cat([a.abs().pow(1.7), a.cumsum(1).flip(1), z.sum(1, keepdim=True) * 0.1, z[:, [52, 4, 4, 17, 30]]], dim=1)
        return torch.cat([first[:, ::2], last], dim=1)


@pytest.mark.parametrize("module", ["float32", "float64", "dense", "combinations"])
def test_every_operation_agrees_with_the_interpreter(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, module: str
) -> None:
    made = {
        "float32": lambda: EveryFunction(convection_columns),
        "float64": lambda: EveryFunction(convection_columns, double=True),
        "dense": lambda: EveryFunction(convection_columns, dense=True),
        "combinations": lambda: EveryCombination(convection_columns),
    }[module]().eval()
    traced = torch.jit.trace(made, torch.from_numpy(convection_columns[:4]))  # torch.jit.script does not support lists of functions
    outputs, expected = run_both(traced, convection, convection_columns, tmp_path)
    scale = np.maximum(np.abs(expected), expected.std(axis=0))
    # The root of a small number amplifies differences in the order of a dense layer's sum.
    assert np.abs((outputs - expected) / scale).max() < (5e-5 if module == "dense" else 5e-6)
