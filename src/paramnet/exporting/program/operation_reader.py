"""Read the operations of a program one by one, and check each against the closed list of docs/reference/artefact.md."""

from __future__ import annotations

from collections.abc import Callable

from paramnet.contract import Fields
from paramnet.exporting.program.definition import ACTIVATIONS, BINARY, FUNCTIONS, Program, Value

_SETTINGS: dict[str, tuple[str, ...]] = {"leaky_relu": ("slope",), "clamp": ("lower", "upper")}
_PLAIN = (*FUNCTIONS, "clamp", "sum", "cumulative_sum", "cast")


class OperationReader:
    """Appends operations to a program that has its constants and values. ``made`` : number of values produced so far."""

    def __init__(self, program: Program) -> None:
        self.program, self.made = program, 0

    def read(self, entry: Fields, count: int) -> None:
        """Append one of ``count`` operations; raise ParamnetError if it is unknown or does not match the values before it."""
        position, op = len(self.program.operations), entry.text("op")
        if (op == "input") != (position == 0) or (op == "output") != (position + 1 == count):
            entry.refuse("op", "input as the first operation, output as the last, and neither in between", op)
        self._reader(entry, op)(entry, op)
        self.program.operations.append(entry.values)

    def _reader(self, entry: Fields, op: str) -> Callable[[Fields, str], None]:
        readers = {"input": self._input, "output": self._output, "dense": self._dense, "rows": self._rows, "concatenate": self._concatenate}
        if op in BINARY:
            return self._binary
        if op not in readers and op not in _PLAIN:
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
        if found.type != result.type or found.rows not in (1, result.rows):
            entry.refuse(name, f"1 or {result.rows} rows of {result.type}", f"{found.rows} of {found.type}")
        return kind

    def _function(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", *_SETTINGS.get(op, ()))
        source = self._value(entry, "in")
        if op == "leaky_relu":
            entry.number("slope")
        for bound in ("lower", "upper") if op == "clamp" else ():
            if entry.get(bound) is not None:
                entry.number(bound)
        kind = source.type
        if op == "cast" and self.made < len(self.program.values):
            kind = self.program.values[self.made].type
        self._makes(entry, kind, 1 if op == "sum" else source.rows)

    def _dense(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "weight", "bias", "activation", "residual", "residual_after")
        n_out, n_in = self._constant(entry, "weight", "float32", matrix=True)
        self._expect(entry, "in", "float32", n_in)
        if entry.has("bias") and self._constant(entry, "bias", "float32") != (n_out,):
            entry.refuse("bias", f"{n_out} rows", "another number of them")
        if entry.has("activation"):
            activation = entry.fields("activation")
            kind = activation.text("op")
            if kind not in ACTIVATIONS:
                activation.refuse("op", f"one of {ACTIVATIONS}", kind)
            self._only(activation, *_SETTINGS.get(kind, ()))
            if kind == "leaky_relu":
                activation.number("slope")
        if entry.has("residual"):
            self._expect(entry, "residual", "float32", n_out)
        entry.flag("residual_after")
        for key in ("bias", "activation", "residual"):
            entry.get(key)  # may be null, but not missing
        self._makes(entry, "float32", n_out)

    def _rows(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out", "index")
        source, (count,) = self._value(entry, "in"), self._constant(entry, "index", "int32")
        index = self.program.constants[entry.values["index"]]
        if index.min() < 0 or index.max() >= source.rows:
            entry.refuse("index", f"rows from 0 to {source.rows - 1}", f"{index.min()} to {index.max()}")
        self._makes(entry, source.type, count)

    def _concatenate(self, entry: Fields, op: str) -> None:
        self._only(entry, "in", "out")
        parts = [self._value(Fields({"in": number}, entry.where, entry.key), "in") for number in entry.items("in")]
        if not parts or any(part.type != parts[0].type for part in parts) or len(parts) > len(self.program.values):
            entry.refuse("in", "values of one type", entry.get("in"))
        self._makes(entry, parts[0].type, sum(part.rows for part in parts))
