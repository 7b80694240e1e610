"""Keras files of both generations: what they hold is what is read, and all that is not known is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from imported_networks import dense_weights, write_keras

from paramnet.contract import ParamnetError
from paramnet.importing.keras_file import read_keras
from paramnet.importing.network import build_module

(K1, B1), (K2, B2), (K3, B3) = dense_weights(3, 53, 24, 24, 30)
WEIGHTS = {"first": (K1, B1), "second": (K2, B2), "last": (K3, B3)}
COLUMNS = np.random.default_rng(4).normal(size=(9, 53))


def layer(kind: str, name: str, *reads: str, **config: Any) -> dict[str, Any]:
    """A layer of a functional model, as Keras 2 writes it."""
    nodes = [[[other, 0, 0, {}] for other in reads]] if reads else []
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def as_keras_3(row: dict[str, Any]) -> dict[str, Any]:
    """The same layer as Keras 3 writes it."""
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": node[:3]}} for nodes in row["inbound_nodes"] for node in nodes
    ]
    arguments = [tensors] if row["class_name"] == "Add" else tensors
    return row | {"inbound_nodes": [{"args": arguments, "kwargs": {}}] if tensors else []}


def residual_model(keras: int) -> dict[str, Any]:
    """silu, then a residual block with elu, then a linear output."""
    rows = [
        layer("InputLayer", "x", batch_shape=[None, 53]),
        layer("Dense", "first", "x", activation="silu", use_bias=True),
        layer("Dense", "second", "first", activation="linear", use_bias=True),
        layer("ELU", "elu", "second", alpha=0.7),
        layer("Add", "add", "first", "elu"),
        layer("Dropout", "dropout", "add", rate=0.1),
        layer("Dense", "last", "dropout", activation=None, use_bias=True),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["last", 0, 0]]}
    if keras == 3:
        rows, ends = [as_keras_3(row) for row in rows], {"input_layers": ["x", 0, 0], "output_layers": ["last", 0, 0]}
    return {"class_name": "Functional", "config": {"name": "model", "layers": rows, **ends}}


def sequential(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "net", "layers": list(rows)}}


@pytest.mark.parametrize("keras", [2, 3])
def test_a_functional_model_with_a_residual_is_read(tmp_path: Path, keras: int) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(keras), keras)
    graph = read_keras(file, 53, "", 0.0)
    h = COLUMNS @ K1 + B1
    h = h / (1 + np.exp(-h))
    z = h @ K2 + B2
    h = h + np.where(z > 0, z, 0.7 * (np.exp(np.minimum(z, 0)) - 1))
    np.testing.assert_allclose(graph.evaluate(COLUMNS), h @ K3 + B3, rtol=1e-12, atol=1e-13)
    assert graph.n_parameters == 54 * 24 + 25 * 24 + 25 * 30


def test_the_module_computes_what_the_layers_do(tmp_path: Path) -> None:
    graph = read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(3), 3), 53, "", 0.0)
    with torch.inference_mode():
        got = build_module(graph).double()(torch.from_numpy(COLUMNS)).numpy()
    np.testing.assert_allclose(got, graph.evaluate(COLUMNS), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ({"class_name": "LeakyReLU", "config": {"name": "l", "alpha": {"type": "ndarray", "value": 0.3}}}, ("leaky_relu", 0.3)),
        ({"class_name": "function", "config": "tanh"}, ("tanh", 0.0)),
        ("leaky_relu", ("leaky_relu", 0.2)),
        ("swish", ("silu", 0.0)),
        ("gelu", ("gelu", 0.0)),
    ],
)
def test_an_activation_is_understood_however_it_was_written(tmp_path: Path, activation: Any, expected: tuple[str, float]) -> None:
    first = {"class_name": "Dense", "config": {"name": "first", "activation": activation, "batch_input_shape": [None, 53]}}
    last = {"class_name": "Dense", "config": {"name": "last", "activation": "linear"}}
    weights = {"first": (K1, B1), "last": (K3, B3)}
    graph = read_keras(write_keras(tmp_path / "net.h5", list(weights), weights, sequential(first, last)), 53, "", 0.0)
    assert [(found.function, found.slope) for found in graph.layers if found.kind == "function"] == [expected]


def test_weights_alone_are_a_stack_in_the_order_written(tmp_path: Path) -> None:
    names = ["first", "leaky_re_lu_1", "second", "leaky_re_lu_2", "last"]
    file = write_keras(tmp_path / "net.h5", names, WEIGHTS, None)
    leak = lambda z: np.where(z > 0, z, 0.3 * z)  # noqa: E731
    expected = leak(leak(COLUMNS @ K1 + B1) @ K2 + B2) @ K3 + B3
    np.testing.assert_allclose(read_keras(file, 53, "leaky_relu", 0.3).evaluate(COLUMNS), expected, rtol=1e-12, atol=1e-13)


def test_weights_alone_need_to_be_told_the_function(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError, match="holds weights alone, so it does not say the functions between its layers; add activation="):
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, None), 53, "", 0.3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"class_name": "Conv1D", "config": {"name": "conv"}}, "layer 'conv' is a Conv1D; expected one of Dense, Activation"),
        ({"class_name": "BatchNormalization", "config": {"name": "norm"}}, "layer 'norm' is a BatchNormalization"),
        ({"class_name": "Activation", "config": {"name": "act", "activation": "softplus"}}, "layer 'act' has activation 'softplus'"),
        ({"class_name": "ReLU", "config": {"name": "six", "max_value": 6.0}}, "layer 'six' is a ReLU with max_value 6.0"),
    ],
)
def test_a_layer_that_is_not_known_is_refused_by_name(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    first = {"class_name": "Dense", "config": {"name": "first", "activation": "relu"}}
    file = write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, sequential(first, row))
    with pytest.raises(ParamnetError, match=message):
        read_keras(file, 53, "", 0.0)


def test_a_model_of_two_inputs_is_refused(tmp_path: Path) -> None:
    model = residual_model(2)
    model["config"]["input_layers"] = [["x", 0, 0], ["aux", 0, 0]]
    with pytest.raises(ParamnetError, match=r"expected a model of one input, got 2 \(x, aux\); concatenate them"):
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, model), 53, "", 0.0)


def test_a_layer_used_twice_is_refused(tmp_path: Path) -> None:
    model = residual_model(2)
    second = model["config"]["layers"][2]
    second["inbound_nodes"] *= 2
    with pytest.raises(ParamnetError, match="layer 'second' is used 2 times"):
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, model), 53, "", 0.0)


def test_an_input_of_another_width_than_the_contract_is_named(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(3), 3)
    with pytest.raises(ParamnetError, match=r"expected an input of \(column, 94\) as the contract has, got \[None, 53\]"):
        read_keras(file, 94, "", 0.0)


def test_layers_of_two_networks_do_not_chain(tmp_path: Path) -> None:
    mixed = WEIGHTS | {"last": dense_weights(5, 25, 30)[0]}
    with pytest.raises(ParamnetError, match=r"layer last: expected a kernel of \(n_out, n_in\) = \(any, 24\), got \(30, 25\)"):
        read_keras(write_keras(tmp_path / "net.h5", list(mixed), mixed, residual_model(2)), 53, "", 0.0)


def test_a_model_without_its_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError, match="expected a bias of layer 'first', got weights \\[\\]"):
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), {}, residual_model(2)), 53, "", 0.0)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("net.keras", b"PK\x03\x04 archive", "a .keras archive is another format: save the model again as .h5"),
    ("net.h5", b"text", "expected a Keras .h5 file, could not read it"),
])  # fmt: skip
def test_a_file_of_another_format_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParamnetError, match=message):
        read_keras(tmp_path / name, 53, "", 0.0)
