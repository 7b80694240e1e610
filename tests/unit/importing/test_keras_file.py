"""Keras files of versions 2 and 3: supported layers are read correctly, all others are refused by name."""

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from imported_networks import dense_weights, write_keras

from paramnet.contract import ParamnetError
from paramnet.importing.fold import fold
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
    graph = read_keras(file, 53, "", 0.0).graph
    h = COLUMNS @ K1 + B1
    h = h / (1 + np.exp(-h))
    z = h @ K2 + B2
    h = h + np.where(z > 0, z, 0.7 * (np.exp(np.minimum(z, 0)) - 1))
    np.testing.assert_allclose(graph.evaluate(COLUMNS), h @ K3 + B3, rtol=1e-12, atol=1e-13)
    assert graph.n_parameters == 54 * 24 + 25 * 24 + 25 * 30


def test_the_module_computes_the_same_as_the_layers(tmp_path: Path) -> None:
    graph = read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(3), 3), 53, "", 0.0).graph
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
def test_every_form_of_an_activation_is_read(tmp_path: Path, activation: Any, expected: tuple[str, float]) -> None:
    first = {"class_name": "Dense", "config": {"name": "first", "activation": activation, "batch_input_shape": [None, 53]}}
    last = {"class_name": "Dense", "config": {"name": "last", "activation": "linear"}}
    weights = {"first": (K1, B1), "last": (K3, B3)}
    graph = read_keras(write_keras(tmp_path / "net.h5", list(weights), weights, sequential(first, last)), 53, "", 0.0).graph
    found = [(layer.function, layer.parameter) for layer in fold(graph).layers if layer.kind == "function"]
    assert found == [expected]


def test_weights_alone_are_a_stack_in_the_order_written(tmp_path: Path) -> None:
    names = ["first", "leaky_re_lu_1", "second", "leaky_re_lu_2", "last"]
    file = write_keras(tmp_path / "net.h5", names, WEIGHTS, None)
    leak = lambda z: np.where(z > 0, z, 0.3 * z)  # noqa: E731
    expected = leak(leak(COLUMNS @ K1 + B1) @ K2 + B2) @ K3 + B3
    np.testing.assert_allclose(read_keras(file, 53, "leaky_relu", 0.3).exact(COLUMNS), expected, rtol=1e-12, atol=1e-13)


def test_weights_alone_need_a_configured_activation(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, None)
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 53, "", 0.3)
    assert (refused.value.what, refused.value.where) == ("activation", str(file)) and "activation=" in refused.value.remedy


@pytest.mark.parametrize(
    ("row", "what", "got"),
    [
        ({"class_name": "Conv1D", "config": {"name": "conv"}}, "layer 'conv'", "Conv1D"),
        ({"class_name": "LayerNormalization", "config": {"name": "norm"}}, "layer 'norm'", "LayerNormalization"),
        ({"class_name": "TFOpLambda", "config": {"name": "tf.math.multiply", "function": "x"}}, "layer 'tf.math.multiply'", "TFOpLambda"),
        ({"class_name": "ReLU", "config": {"name": "jump", "threshold": 0.5}}, "layer 'jump'", "threshold 0.5"),
    ],
)
def test_an_unknown_layer_is_refused_by_name(tmp_path: Path, row: dict[str, Any], what: str, got: str) -> None:
    first = {"class_name": "Dense", "config": {"name": "first", "activation": "relu"}}
    file = write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, sequential(first, row))
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 53, "", 0.0)
    assert (refused.value.what, refused.value.got, refused.value.where) == (what, got, str(file))


@pytest.mark.parametrize("place", ["Dense", "Activation"])
def test_a_relu_layer_written_as_an_activation_keeps_its_limit_and_slope(tmp_path: Path, place: str) -> None:
    limited = {"class_name": "ReLU", "config": {"name": "r", "max_value": 0.5, "negative_slope": 0.1, "threshold": 0.0}}
    rows = [{"class_name": "Dense", "config": {"name": "first", "activation": limited if place == "Dense" else None}}]
    rows += [{"class_name": "Activation", "config": {"name": "act", "activation": limited}}] if place == "Activation" else []
    graph = read_keras(write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, sequential(*rows)), 53, "", 0.0).graph
    z = COLUMNS @ K1 + B1
    expected = np.minimum(np.where(z > 0, z, 0.1 * z), 0.5)
    assert (expected == 0.5).any() and (expected < 0).any()
    np.testing.assert_allclose(graph.evaluate(COLUMNS), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("keras", [2, 3])
@pytest.mark.parametrize("name", ["dropout", "first"])
def test_a_call_fixed_to_training_is_refused(tmp_path: Path, keras: int, name: str) -> None:
    model = residual_model(keras)
    node = next(row for row in model["config"]["layers"] if row["name"] == name)["inbound_nodes"][0]
    (node["kwargs"] if keras == 3 else node[0][3])["training"] = True
    with pytest.raises(ParamnetError) as error:
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, model, keras), 53, "", 0.0)
    assert error.value.what == f"layer {name!r}" and error.value.got == "training=True"


def test_weights_of_a_quantized_layer_are_refused(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(3), 3)
    with h5py.File(file, "r+") as opened:
        layer = opened["model_weights"]["second"]
        layer.attrs["weight_names"] = np.array([*layer.attrs["weight_names"], b"sequential/second/kernel_scale"], dtype="S64")
        layer["sequential/second/kernel_scale"] = np.ones(24)
    with pytest.raises(ParamnetError) as error:
        read_keras(file, 53, "", 0.0)
    assert error.value.what == "layer 'second'" and "kernel_scale" in error.value.got


def test_an_unknown_activation_is_refused_by_name(tmp_path: Path) -> None:
    row = {"class_name": "Activation", "config": {"name": "act", "activation": "softmax"}}
    with pytest.raises(ParamnetError) as refused:
        read_keras(write_keras(tmp_path / "net.h5", [], {}, sequential(row)), 53, "", 0.0)
    assert (refused.value.what, refused.value.got) == ("activation of layer 'act'", "'softmax'")


def test_inputs_whose_widths_do_not_sum_to_the_contracts_are_named(tmp_path: Path) -> None:
    model = residual_model(2)
    model["config"]["layers"].append(layer("InputLayer", "aux", batch_shape=[None, 4]))
    model["config"]["input_layers"] = [["x", 0, 0], ["aux", 0, 0]]
    with pytest.raises(ParamnetError) as refused:
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, model), 53, "", 0.0)
    assert refused.value.got == "[53] + [4] = 57"


def test_a_layer_called_twice_computes_twice(tmp_path: Path) -> None:
    model = residual_model(2)
    rows = model["config"]["layers"]
    square = dense_weights(6, 24, 24)[0]
    rows[2]["inbound_nodes"] = [[["first", 0, 0, {}]], [["second", 0, 0, {}]]]
    rows[3]["inbound_nodes"] = [[["second", 1, 0, {}]]]
    weights = WEIGHTS | {"second": square}
    found = read_keras(write_keras(tmp_path / "net.h5", list(weights), weights, model), 53, "", 0.0)
    h = COLUMNS @ K1 + B1
    h = h / (1 + np.exp(-h))
    z = (h @ square[0] + square[1]) @ square[0] + square[1]
    h = h + np.where(z > 0, z, 0.7 * (np.exp(np.minimum(z, 0)) - 1))
    np.testing.assert_allclose(found.graph.evaluate(COLUMNS), h @ K3 + B3, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.exact(COLUMNS), h @ K3 + B3, rtol=1e-12, atol=1e-12)


def test_hard_sigmoid_is_that_of_the_version_that_wrote_the_file(tmp_path: Path) -> None:
    rows = [{"class_name": "Dense", "config": {"name": "first", "activation": "hard_sigmoid"}}]
    file = write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, sequential(*rows))
    z = COLUMNS @ K1 + B1
    np.testing.assert_allclose(read_keras(file, 53, "", 0.0).exact(COLUMNS), np.clip(0.2 * z + 0.5, 0, 1), atol=1e-12)
    with h5py.File(file, "a") as root:
        root.attrs["keras_version"] = "3.3.3"
    found = read_keras(file, 53, "", 0.0)
    np.testing.assert_allclose(found.exact(COLUMNS), np.clip(z / 6 + 0.5, 0, 1), atol=1e-12)
    np.testing.assert_allclose(found.graph.evaluate(COLUMNS), np.clip(z / 6 + 0.5, 0, 1), atol=1e-12)


def test_an_input_of_another_width_than_the_contract_is_named(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(3), 3)
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 94, "", 0.0)
    assert refused.value.expected.startswith("94 values") and refused.value.got == "[53] = 53"


@pytest.mark.parametrize("how", ["external storage", "external link", "soft link"])
def test_weights_kept_outside_the_file_are_refused(tmp_path: Path, how: str) -> None:
    file = write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, None)
    (tmp_path / "secret").write_bytes(b"x" * K1.nbytes)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["kernel"] = K1
    with h5py.File(file, "a") as root:
        del root["first/first/kernel:0"]
        if how == "external storage":
            root["first/first"].create_dataset("kernel:0", K1.shape, "f4", external=[(str(tmp_path / "secret"), 0, K1.nbytes)])
        elif how == "external link":
            root["first/first/kernel:0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/kernel")
        else:
            root["first/first/kernel:0"] = h5py.SoftLink("/first/first/bias:0")
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 53, "relu", 0.0)
    assert refused.value.expected == "weights in this file" and refused.value.what.endswith("kernel:0")


def test_an_array_far_larger_than_its_file_is_refused(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", ["first"], {"first": (K1, B1)}, None)
    with h5py.File(file, "a") as root:
        del root["first/first/kernel:0"]
        root["first/first"].create_dataset("kernel:0", (2**20, 2**20), "f8", chunks=(64, 64))
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 53, "relu", 0.0)
    assert refused.value.expected == "stored numbers"


def mutated(value: Any, random: np.random.Generator) -> Any:
    """The same configuration with one value of it replaced, removed or doubled."""
    value = json.loads(json.dumps(value))
    places = []
    waiting = [value]
    while waiting:
        at = waiting.pop()
        for key in at if isinstance(at, dict) else range(len(at)):
            places.append((at, key))
            if isinstance(at[key], dict | list):
                waiting.append(at[key])
    at, key = places[random.integers(len(places))]
    replacements = [None, -1, 0, 2**63, 1e308, "", "x", [], {}, [[]], {"class_name": "Dense"}, "DELETE", "WRAP"]
    new = replacements[random.integers(len(replacements))]
    if new == "DELETE":
        del at[key]
    else:
        at[key] = [at[key]] if new == "WRAP" else new
    return value


def test_a_mutated_model_is_read_or_refused_never_a_traceback(tmp_path: Path) -> None:
    random = np.random.default_rng(int(os.environ.get("PARAMNET_MUTATION_SEED", 0)))
    models = [residual_model(2), residual_model(3)]
    refused = 0
    for number in range(int(os.environ.get("PARAMNET_MUTATIONS", 150))):
        file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, mutated(models[number % 2], random))
        try:
            read_keras(file, 53, "", 0.0).exact(COLUMNS)
        except ParamnetError as error:
            assert str(file) in str(error)
            refused += 1
    assert refused > 0


def test_an_endlessly_nested_configuration_is_refused(tmp_path: Path) -> None:
    file = write_keras(tmp_path / "net.h5", list(WEIGHTS), WEIGHTS, residual_model(2))
    with h5py.File(file, "a") as root:
        root.attrs["model_config"] = "[" * 30_000
    with pytest.raises(ParamnetError) as refused:
        read_keras(file, 53, "", 0.0)
    assert refused.value.what == str(file)


def test_layers_of_two_networks_do_not_chain(tmp_path: Path) -> None:
    mixed = WEIGHTS | {"last": dense_weights(5, 25, 30)[0]}
    with pytest.raises(ParamnetError) as refused:
        read_keras(write_keras(tmp_path / "net.h5", list(mixed), mixed, residual_model(2)), 53, "", 0.0)
    assert (refused.value.what, refused.value.where) == ("layer last", str(tmp_path / "net.h5"))
    assert refused.value.expected.endswith("(any, 24)") and refused.value.got == "(30, 25)"


def test_a_model_without_its_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read_keras(write_keras(tmp_path / "net.h5", list(WEIGHTS), {}, residual_model(2)), 53, "", 0.0)
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("layer 'first'", "its bias", "no weights")


@pytest.mark.parametrize(("name", "content"), [("net.keras", b"PK\x03\x04 archive"), ("net.h5", b"text")])
def test_a_file_of_another_format_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParamnetError) as refused:
        read_keras(tmp_path / name, 53, "", 0.0)
    assert refused.value.what == str(tmp_path / name) and refused.value.expected == "a Keras .h5 or .keras file"
