"""Small networks in all formats that can be imported, for the contract of PlaSim's convection (53 inputs, 30 outputs)."""

import itertools
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Weights = dict[str, tuple[NDArray[Any], NDArray[Any]]]


def dense_weights(seed: int, *widths: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Kernels (n_in, n_out), as in Keras, and biases, float32."""
    random = np.random.default_rng(seed)
    pairs = itertools.pairwise(widths)
    return [(random.normal(0, a**-0.5, (a, b)).astype(np.float32), random.normal(0, 0.1, b).astype(np.float32)) for a, b in pairs]


def write_text_network(folder: Path, weights: list[tuple[NDArray[Any], NDArray[Any]]]) -> Path:
    """CAM's text files: kernels transposed, one row per output, as the Fortran codes read them."""
    folder.mkdir()
    for number, (kernel, bias) in enumerate(weights, start=1):
        np.savetxt(folder / f"layer{number}_kernel.txt", kernel.T, "%.9e", delimiter=",")
        np.savetxt(folder / f"layer{number}_bias.txt", bias[None], "%.9e", delimiter=",")
    return folder


def write_keras(path: Path, names: list[str], weights: Weights, model: dict[str, Any] | None, keras: int = 2) -> Path:
    """A Keras .h5 file: a complete model if ``model`` (its configuration) is given, else weights alone."""
    with h5py.File(path, "w") as file:
        group = file if model is None else file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([name.encode() for name in names])
        for name in names:
            layer = group.create_group(name)
            parts = dict(zip(("kernel", "bias"), weights.get(name, ()), strict=False))
            keys = {f"sequential/{name}/{part}" if keras == 3 else f"{name}/{part}:0": array for part, array in parts.items()}
            layer.attrs["weight_names"] = np.array([key.encode() for key in keys], dtype="S64")
            for key, array in keys.items():
                layer[key] = array
        if model is not None:
            file.attrs["model_config"] = json.dumps(model)
    return path
