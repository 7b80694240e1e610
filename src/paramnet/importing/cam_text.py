"""Read a network from CAM's text files ``layer1_kernel.txt``, ``layer1_bias.txt``, …, the format of `cloudbrain` Fortran codes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.layers import Layer, LayerGraph

_NUMBERED = re.compile(r"layer(\d+)_(kernel|bias)\.txt")


def read_numbers(path: Path) -> NDArray[np.float64]:
    """Rows of numbers in a text file, separated by commas or blanks: (row, number), float64.

    Raises ParamnetError naming the file, and the row if its length differs from the first.
    """
    if not path.is_file():
        raise ParamnetError(str(path), expected="a text file of numbers", got="no file", remedy="copy all files of the network")
    rows = [line.replace(",", " ").split() for line in path.read_text(errors="replace").splitlines() if line.strip()]
    if not rows:
        raise ParamnetError(str(path), expected="rows of numbers", got="an empty file", remedy="copy the file again")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ParamnetError(
                f"row {number}",
                expected=f"{len(rows[0])} numbers as in row 1",
                got=str(len(row)),
                where=str(path),
                remedy="copy the file again: it is damaged",
            )
    try:
        return np.array([[float(text.lower().replace("d", "e")) for text in row] for row in rows])
    except ValueError as error:
        raise ParamnetError(
            str(path), expected="rows of numbers", got=f"text ({error})", remedy="check that it is a file of weights"
        ) from error


def read_cam_text(folder: Path, n_in: int, function: str, slope: float) -> LayerGraph:
    """The network of a folder: dense layers in the order of their numbers, ``function`` between them, none after the last.

    A kernel file has one row per output of its layer, as the Fortran codes read it (the transpose of Keras's kernel).
    Raises ParamnetError for a missing file, a transposed kernel, and kernels whose widths do not match.
    """
    numbers = _layer_numbers(folder)
    layers, previous, width = [Layer("input", "input")], "input", n_in
    for number in numbers:
        weight = read_numbers(folder / f"layer{number}_kernel.txt")
        bias = read_numbers(folder / f"layer{number}_bias.txt")
        if bias.size != max(bias.shape):
            raise ParamnetError(f"{folder}/layer{number}_bias.txt", expected="one row of numbers", got=f"{bias.shape[0]} rows")
        _require_width(folder / f"layer{number}_kernel.txt", weight, width, number == numbers[0])
        name = f"layer{number}"
        layers.append(Layer(name, "dense", (previous,), weight=weight, bias=bias.ravel()))
        previous, width = name, len(weight)
        if number != numbers[-1]:
            layers.append(Layer(f"{name}_{function}", "function", (name,), function=function, parameter=slope))
            previous = layers[-1].name
    return LayerGraph(tuple(layers), n_in)


def source_files(folder: Path) -> list[Path]:
    """The kernel and bias files, in the order of the layers."""
    numbers = _layer_numbers(folder)
    return [folder / f"layer{number}_{part}.txt" for number in numbers for part in ("kernel", "bias")]


def _layer_numbers(folder: Path) -> list[int]:
    expected = "a folder with layer1_kernel.txt, layer1_bias.txt, …"
    if not folder.is_dir():
        raise ParamnetError("folder", expected=expected, got=f"no folder {folder}", remedy="set folder= to the network's folder")
    found = {int(match[1]) for path in folder.iterdir() if (match := _NUMBERED.fullmatch(path.name))}
    if not found:
        raise ParamnetError("folder", expected=expected, got="none of them", where=str(folder), remedy="check folder=")
    missing = next((number for number in range(1, len(found) + 1) if number not in found), None)
    if missing is not None:
        raise ParamnetError(
            f"layer{missing}_kernel.txt",
            expected=f"layers 1 to {max(found)} without a gap",
            got="no file",
            where=str(folder),
            remedy="copy all files of the network",
        )
    return sorted(found)


def _require_width(path: Path, weight: NDArray[np.float64], width: int, first: bool) -> None:
    if weight.shape[1] == width:
        return
    reads = f"the contract's {width} inputs" if first else f"the {width} outputs of the previous layer"
    remedy = "check that contract and network belong together" if first else "check that all files are of one network"
    if weight.shape[0] == width:
        remedy = "transpose it: one row per output of the layer (save kernel.T of a Keras kernel)"
    raise ParamnetError(
        str(path),
        expected=f"{width} numbers in each row, one for each of {reads}",
        got=f"{weight.shape[1]} in {len(weight)} rows",
        remedy=remedy,
    )
