"""Read the operations of a program one by one, and check each against the closed list of docs/reference/artefact.md."""

from __future__ import annotations

from collections.abc import Callable

from paramnet.contract import Fields
from paramnet.exporting.program.definition import ACTIVATIONS, BINARY, DIRECTIONS, FUNCTIONS, LEVEL_OPERATIONS, PERIODIC, Program, Value

_SETTINGS: dict[str, tuple[str, ...]] = {"leaky_relu": ("slope",), "clamp": ("lower", "upper")}
_PLAIN = (*FUNCTIONS, "clamp", "sum", "cumulative_sum", "cast")
MOST = 65_536  # of levels and of their distances
MOST_NUMBERS = 2**26  # that an operation along levels needs at once for one column


class OperationReader:
    """Appends operations to a program that has its constants and values. ``made`` : number of values produced so far."""

    def __init__(self, program: Program, version: int) -> None:
        self.program, self.version, self.made = program, version, 0

    def read(self, entry: Fields, count: int) -> None:
        """Append one of ``count`` operations; raise ParamnetError if it is unknown or does not match the values before it."""
        position, op = len(self.program.operations), entry.text("op")
        if (op == "input") != (position == 0) or (op == "output") != (position + 1 == count):
            entry.refuse("op", "input as the first operation, output as the last, and neither in between", op)
        self._reader(entry, op)(entry, op)
        self.program.operations.append(entry.values)

    def _reader(self, entry: Fields, op: str) -> Callable[[Fields, str], None]:
        readers = {"input": self._input, "output": self._output, "dense": self._dense, "rows": self._rows, "concatenate": self._concatenate}
        readers |= {"convolution": self._convolution, "normalize": self._normalize, "attention": self._attention, "lstm": self._lstm}
        if op in BINARY:
            return self._binary
        if (op not in readers and op not in _PLAIN) or (self.version < 2 and op in LEVEL_OPERATIONS + PERIODIC):
            entry.refuse("op", "one of the format's operations", op)
        return readers.get(op, self._function)

    def _only(self, entry: Fields, *keys: str) -> None:
        if unknown := set(entry.values) - {"op", *keys}:
            entry.refuse("", f"the keys {['op', *keys]}", sorted(map(str, unknown)))

    def _value(self, entry: Fields, name: str) -> Value:
        """A value produced by an earlier operation."""
        if not self.made:
            entry.refuse(name, "a value of an earlier operation", entry.get(name))
        return self.program.values[entry.whole(name, 0, self.made - 1)]

    def _constant(self, entry: Fields, name: str, kind: str, matrix: bool = False) -> tuple[int, ...]:
        """Shape of a constant, after checking its type and its number of dimensions."""
        constants = self.program.constants
        if not constants:
            entry.refuse(name, "a constant", entry.get(name))
        found = constants[entry.whole(name, 0, len(constants) - 1)]
        if found.dtype.name != kind or (found.ndim == 2) != matrix:
            entry.refuse(name, f"{'a matrix' if matrix else 'a vector'} of {kind}", f"{found.ndim}-d {found.dtype.name}")
        return found.shape

    def _makes(self, entry: Fields, kind: str, rows: int) -> None:
        values = self.program.values
        if self.made >= len(values):
            entry.refuse("out", f"one of the {len(values)} values", entry.get("out"))
        expected, found = Value(kind, rows), values[entry.whole("out", self.made, self.made)]
        if found != expected:
            entry.refuse("out", f"{rows} rows of {kind}", f"{found.rows} of {found.type}")
        self.made += 1

    def _expect(self, entry: Fields, name: str, kind: str, rows: int) -> None:
        found = self._value(entry, name)
        if found != Value(kind, rows):
            entry.refuse(name, f"{rows} rows of {kind}", f"{found.rows} of {found.type}")

    def _input(self, entry: Fields, op: str) -> None:
        self._only(entry, "out")
        if not self.program.values:
            entry.refuse("out", "a value", "none")
        self._makes(entry, "float32", self.program.values[0].rows)

    def _output(self, entry: Fields, op: str) -> None:
        self._only(entry, "in")
        self._expect(entry, "in", "float32", self._value(entry, "in").rows)

    def _binary(self, entry: Fields, op: str) -> None:
        self._only(entry, "a", "b", "out")
        if self.made >= len(self.program.values):
            entry.refuse("out", f"one of the {len(self.program.values)} values", entry.get("out"))
        result = self.program.values[entry.whole("out", self.made, self.made)]
        kinds = [self._operand(entry, name, result) for name in ("a", "b")]
        if kinds == ["constant", "constant"]:
            entry.refuse("b", "a value, because a is a constant", "a constant")
        self._makes(entry, result.type, result.rows)

    def _operand(self, entry: Fields, name: str, result: Value) -> str:
        operand = entry.fields(name)
        kind = "constant" if operand.has("constant") else "value"
        if len(operand.values) != 1:
            entry.refuse(name, "either value or constant", sorted(map(str, operand.values)))
        if kind == "constant":
            found = Value(result.type, self._constant(operand, "constant", result.type)[0])
        else:
            found = self._value(operand, "value")
        repeats = result.rows % found.rows == 0 if self.version > 1 else found.rows in (1, result.rows)
        if found.type != result.type or not repeats:
            entry.refuse(name, f"1 or {result.rows} rows of {result.type}", f"{found.rows} of {found.type}")
        return kind

    def _function(self, entry: Fields, op: str) -> None:
        by_level = op == "sum" and self.version > 1 and entry.has("levels")
        self._only(entry, "in", "out", *_SETTINGS.get(op, ()), *(("levels",) if by_level else ()))
        source = self._value(entry, "in")
        if op == "leaky_relu":
            entry.number("slope")
        for bound in ("lower", "upper") if op == "clamp" else ():
            if entry.get(bound) is not None:
                entry.number(bound)
        kind = source.type
        if op == "cast" and self.made < len(self.program.values):
            kind = self.program.values[self.made].type
        rows = self._channels(entry, source.rows) if by_level else 1
        self._makes(entry, kind, rows if op == "sum" else source.rows)

    def _dense(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "weight", "bias", "activation", "residual", "residual_after")
        n_out, n_in = self._constant(entry, "weight", "float32", matrix=True)
        self._expect(entry, "in", "float32", n_in)
        self._finish_layer(entry, n_out, n_out)

    def _finish_layer(self, entry: Fields, n_out: int, rows: int) -> None:
        """What dense layers and convolutions add to the products."""
        if entry.has("bias") and self._constant(entry, "bias", "float32") != (n_out,):
            entry.refuse("bias", f"{n_out} rows", "another number of them")
        self._activation(entry)
        if entry.has("residual"):
            self._expect(entry, "residual", "float32", rows)
        entry.flag("residual_after")
        for key in ("bias", "residual"):
            entry.get(key)  # may be null, but not missing
        self._makes(entry, "float32", rows)

    def _activation(self, entry: Fields) -> None:
        if not entry.has("activation"):
            entry.get("activation")  # may be null, but not missing
            return
        activation = entry.fields("activation")
        kind = activation.text("op")
        if kind not in ACTIVATIONS:
            activation.refuse("op", f"one of {ACTIVATIONS}", kind)
        self._only(activation, *_SETTINGS.get(kind, ()))
        if kind == "leaky_relu":
            activation.number("slope")

    def _channels(self, entry: Fields, rows: int) -> int:
        """Channels of ``rows`` in the order (level, channel), for the entry's number of levels."""
        levels = entry.whole("levels", 1, MOST)
        if rows % levels:
            entry.refuse("levels", f"a divisor of {rows} rows", levels)
        return rows // levels

    def _convolution(self, entry: Fields, op: str) -> None:
        geometry = ("levels", "window", "stride", "dilation", "padding")
        self._only(entry, "in", "out", "weight", "bias", "activation", "residual", "residual_after", *geometry)
        n_out, n_in = self._constant(entry, "weight", "float32", matrix=True)
        least = {"padding": 0}
        levels, window, stride, dilation, padding = (entry.whole(key, least.get(key, 1), MOST) for key in geometry)
        if n_in % window:
            entry.refuse("window", f"a divisor of {n_in} inputs", window)
        self._expect(entry, "in", "float32", levels * (n_in // window))
        beyond = levels + 2 * padding - (window - 1) * dilation - 1
        if beyond < 0:
            entry.refuse("window", f"at most the {levels + 2 * padding} levels with padding", (window - 1) * dilation + 1)
        if (beyond // stride + 1) * n_in > MOST_NUMBERS:
            entry.refuse("window", f"at most {MOST_NUMBERS} products per channel", (beyond // stride + 1) * n_in)
        self._finish_layer(entry, n_out, (beyond // stride + 1) * n_out)

    def _normalize(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "scale", "shift", "levels", "groups", "by_level", "epsilon", "activation")
        source = self._value(entry, "in")
        self._expect(entry, "in", "float32", source.rows)
        channels = self._channels(entry, source.rows)
        if channels % entry.whole("groups", 1, MOST):
            entry.refuse("groups", f"a divisor of {channels} channels", entry.get("groups"))
        for name in ("scale", "shift"):
            if self._constant(entry, name, "float32") != (channels,):
                entry.refuse(name, f"{channels} rows", "another number of them")
        if entry.number("epsilon") < 0:
            entry.refuse("epsilon", "at least 0", entry.get("epsilon"))
        entry.flag("by_level")
        self._activation(entry)
        self._makes(entry, "float32", source.rows)

    def _attention(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "levels", "heads", "factor")
        parts = self._values(entry)
        if len(parts) != 3 or any(part != Value("float32", parts[0].rows) for part in parts):
            entry.refuse("in", "three values of float32 with the same rows", entry.get("in"))
        channels = self._channels(entry, parts[0].rows)
        if channels % entry.whole("heads", 1, MOST):
            entry.refuse("heads", f"a divisor of {channels} channels", entry.get("heads"))
        levels, heads = entry.values["levels"], entry.values["heads"]
        if levels**2 * heads > MOST_NUMBERS:
            entry.refuse("levels", f"at most {MOST_NUMBERS} pairs of levels in all heads", levels**2 * heads)
        entry.number("factor")
        self._makes(entry, "float32", parts[0].rows)

    def _lstm(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "weight", "state_weight", "bias", "directions")
        directions = entry.text("directions")
        if directions not in DIRECTIONS:
            entry.refuse("directions", f"one of {tuple(DIRECTIONS)}", directions)
        gates, channels = self._constant(entry, "weight", "float32", matrix=True)
        width = self._constant(entry, "state_weight", "float32", matrix=True)[1]
        if self._constant(entry, "state_weight", "float32", matrix=True)[0] != gates or gates != 4 * DIRECTIONS[directions] * width:
            entry.refuse("state_weight", f"{gates} rows, four for each of its columns and directions", f"{width} columns")
        if self._constant(entry, "bias", "float32") != (gates,):
            entry.refuse("bias", f"{gates} rows", "another number of them")
        levels, rest = divmod(self._value(entry, "in").rows, channels)
        self._expect(entry, "in", "float32", channels * max(1, levels) if not rest else channels)
        self._makes(entry, "float32", levels * DIRECTIONS[directions] * width)

    def _rows(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "index")
        several = self.version > 1 and isinstance(entry.get("in"), list)
        sources, (count,) = self._values(entry) if several else [self._value(entry, "in")], self._constant(entry, "index", "int32")
        index, rows = self.program.constants[entry.values["index"]], sum(source.rows for source in sources)
        if index.min() < 0 or index.max() >= rows:
            entry.refuse("index", f"rows from 0 to {rows - 1}", f"{index.min()} to {index.max()}")
        self._makes(entry, sources[0].type, count)

    def _concatenate(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out")
        parts = self._values(entry)
        self._makes(entry, parts[0].type, sum(part.rows for part in parts))

    def _values(self, entry: Fields) -> list[Value]:
        """A list of values of one type."""
        parts = [self._value(Fields({"in": number}, entry.where, entry.key), "in") for number in entry.items("in")]
        if not parts or any(part.type != parts[0].type for part in parts) or len(parts) > len(self.program.values):
            entry.refuse("in", "values of one type", entry.get("in"))
        return parts
