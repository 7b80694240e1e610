"""Build the layers of a graph from values of known shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.importing.layers import Layer


@dataclass(frozen=True)
class Shaped:
    """Output of a layer : (column, *shape), flattened in C order under ``name``."""

    name: str
    shape: tuple[int, ...]

    @property
    def width(self) -> int:
        """Values in a column."""
        return math.prod(self.shape)


class Builder:
    """Collects layers. ``where`` : the file, for messages."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.layers: list[Layer] = []
        self._names: set[str] = set()

    def add(self, layer: Layer, shape: tuple[int, ...]) -> Shaped:
        """Append a layer with a unique name."""
        assert layer.name not in self._names
        self._names.add(layer.name)
        self.layers.append(layer)
        return Shaped(layer.name, shape)

    def own(self, name: str) -> str:
        """``name``, with a number appended if a layer is called more than once."""
        found, count = name, 1
        while found in self._names:
            count += 1
            found = f"{name}#{count}"
        return found

    def function(self, read: Shaped, name: str, function: str, parameter: float = 0.0) -> Shaped:
        """Append an elementwise function."""
        return self.add(Layer(self.own(name), "function", (read.name,), function=function, parameter=parameter), read.shape)

    def scaled(self, read: Shaped, name: str, factor: Any, offset: Any) -> Shaped:
        """Append factor x + offset, each of them one number or one for each value."""
        numbers = [np.broadcast_to(np.asarray(value, dtype=np.float64).ravel(), (read.width,)).copy() for value in (factor, offset)]
        return self.add(Layer(self.own(name), "affine", (read.name,), weight=numbers[0], bias=numbers[1]), read.shape)

    def combined(self, reads: Sequence[Shaped], name: str, kind: str) -> Shaped:
        """Combine values from left to right; raise ParamnetError if their shapes differ."""
        if len({read.shape for read in reads}) != 1:
            shapes = [read.shape for read in reads]
            raise ParamnetError(f"layer {name!r}", expected=f"values of one shape to {kind}", got=str(shapes), where=self.where)
        return self.add(Layer(self.own(name), kind, tuple(read.name for read in reads)), reads[0].shape)

    def select(self, reads: Sequence[Shaped], index: Any, shape: tuple[int, ...], name: str) -> Shaped:
        """The values at ``index`` of ``reads``, concatenated flat, as (column, *shape)."""
        layer = Layer(self.own(name), "select", tuple(read.name for read in reads), index=np.asarray(index, dtype=np.int64).ravel())
        return self.add(layer, shape)

    def split(self, whole: Shaped, shapes: list[tuple[int, ...]]) -> list[Shaped]:
        """Split the columns into consecutive parts of the given shapes."""
        if len(shapes) == 1:
            return [Shaped(whole.name, shapes[0])]
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        return [
            self.select([whole], np.arange(end - math.prod(shape), end), shape, f"input {number}")
            for number, (shape, end) in enumerate(zip(shapes, ends, strict=True), start=1)
        ]

    def concatenated(self, reads: list[Shaped], axis: int, name: str) -> Shaped:
        """Concatenate along an axis of (column, *shape); axis 0 is refused."""
        if axis == 0:
            raise ParamnetError(f"layer {name!r}", expected="concatenation within a column", got="axis 0, over columns", where=self.where)
        starts = np.cumsum([0, *(read.width for read in reads)])
        places = [np.arange(read.width).reshape(read.shape) + start for read, start in zip(reads, starts, strict=False)]
        joined = np.concatenate(places, axis=axis - 1 if axis > 0 else axis)
        return self.select(reads, joined, joined.shape, name)
