"""Jacobians of programs and modules compared with central differences."""

import numpy as np
import pytest
import torch
from shipped_schemes import CONSTRAINTS, FEATURES, random_scheme
from torch import nn

from paramnet.contract import Contract
from paramnet.exporting.gradients import gradients
from paramnet.exporting.program.interpreter import interpret
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.program.module import ProgramModule
from paramnet.exporting.torchscript import compile_scheme
from paramnet.scheme.networks import ModelConfig

MODELS = {
    "gelu": ModelConfig(hidden=[24, 24], activation="gelu", skip=True),
    "silu, gated": ModelConfig(hidden=[24, 24], activation="silu", gate="variable"),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_gradients_of_a_program_are_those_of_central_differences(
    name: str, convection: Contract, convection_columns: np.ndarray
) -> None:
    scheme = random_scheme(convection, convection_columns, MODELS[name], FEATURES, CONSTRAINTS)
    program, x = lower(scheme, convection.n_in), convection_columns[:2].astype(np.float64)
    module = ProgramModule(program)
    np.testing.assert_allclose(module(torch.from_numpy(x)).numpy(), interpret(program, x, "float64"), rtol=1e-10, atol=1e-18)
    found = gradients(module, x)
    step = 1e-5 * convection_columns.astype(np.float64).std(axis=0)
    moved = [(x + side * np.diag(step)[:, None, :]).reshape(-1, convection.n_in) for side in (1, -1)]
    up, down = (interpret(program, each, "float64").reshape(convection.n_in, 2, -1) for each in moved)
    expected = ((up - down) / (2 * step[:, None, None])).transpose(1, 2, 0)
    size = np.abs(expected * step).max(axis=(0, 2), keepdims=True) / step
    wrong = np.abs(found - expected) > 1e-4 * np.abs(expected) + 1e-6 * np.broadcast_to(size, expected.shape)
    assert wrong.mean() < 0.002, "all but inputs on a kink of a feature"
    np.testing.assert_allclose(gradients(scheme, x)[~wrong], found[~wrong], rtol=1e-3, atol=1e-6 * np.abs(found).max())


@pytest.mark.parametrize("op", ["absolute", "exp", "expm1", "log1p", "sqrt", "tanh", "sigmoid", "relu", "silu", "gelu", "gelu_tanh"])
def test_each_function_of_a_program_is_the_interpreter_s(op: str) -> None:
    from paramnet.exporting.program.definition import Program, Value

    operations = [{"op": "input", "out": 0}, {"op": op, "in": 0, "out": 1}, {"op": "output", "in": 1}]
    program, x = Program([], [Value("float32", 3)] * 2, operations), np.array([[0.3, 1.7, 0.01], [2.0, 0.5, 4.0]])
    np.testing.assert_allclose(ProgramModule(program)(torch.from_numpy(x)).numpy(), interpret(program, x, "float64"), rtol=1e-12)


class Casts(nn.Module):
    """Always computes in float32."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x.float()).to(x.dtype)


def test_torchscript_is_differentiated_in_float64_or_with_internal_casts_in_float32() -> None:
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(4, 3))
    for module in (nn.Linear(3, 2), Casts()):
        weight = (module if isinstance(module, nn.Linear) else module.linear).weight.detach().numpy()
        np.testing.assert_allclose(gradients(compile_scheme(module), x), np.broadcast_to(weight, (4, 2, 3)), rtol=1e-6)


def test_a_constant_output_has_zero_gradients() -> None:
    class Constant(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.ones(x.shape[0], 2, dtype=x.dtype)

    assert not gradients(Constant(), np.ones((3, 4))).any()
