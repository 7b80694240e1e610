"""A program as a list of calls of kernels on rows of working memory: what the sources of both languages contain."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.exporting.program.definition import BINARY, FUNCTIONS, Operation, Program, reads
from paramnet.exporting.source_code.levels import LEVELS
from paramnet.exporting.source_code.memory import KINDS, Constant, Constants, Memory, Place

_MOST_COPIES = 32  # of one operation `rows`; more runs are gathered by a table


@dataclass(frozen=True)
class Call:
    """A kernel with its arguments: numbers, places in the working memory and constants. Results come last."""

    kernel: str
    arguments: tuple[int | Place | Constant, ...]


@dataclass
class Calls:
    """The calls of a program, the places of its inputs and outputs, the memory that they need and their constants."""

    program: Program
    where: str
    calls: list[Call] = field(default_factory=list)
    constants: Constants = field(default_factory=Constants)
    memory: dict[str, Memory] = field(default_factory=lambda: {kind: Memory(kind) for kind in KINDS.values()})
    places: dict[int, Place] = field(default_factory=dict)
    input: Place = field(init=False)
    output: Place = field(init=False)

    def __post_init__(self) -> None:
        last = {number: at for at, operation in enumerate(self.program.operations) for number in reads(operation)}
        for at, operation in enumerate(self.program.operations):
            self._translate(operation)
            unread = [operation["out"]] if "out" in operation and operation["out"] not in last else []
            for number in {*(one for one in reads(operation) if last[one] == at), *unread}:
                if operation["op"] != "output":
                    place = self.places.pop(number)
                    self.memory[place.kind].free(place)

    @property
    def kernels(self) -> list[str]:
        """Names of the kernels that are called, each once."""
        return sorted({call.kernel for call in self.calls})

    def call(self, kernel: str, *arguments: int | Place | Constant) -> None:
        self.calls.append(Call(kernel, arguments))

    def _translate(self, operation: Operation) -> None:
        op = operation["op"]
        if op == "output":
            self.output = self.places[operation["in"]]
            return
        value = self.program.values[operation["out"]]
        out = self.places[operation["out"]] = self.memory[KINDS[value.type]].take(value.rows)
        if op == "input":
            self.input = out
        elif op in BINARY:
            self._binary(operation, out)
        elif op in FUNCTIONS or op == "clamp":
            self.call(f"copy_{out.kind}", out.rows, self.places[operation["in"]], out)
            self.function(operation, out)
        elif op == "cast":
            source = self.places[operation["in"]]
            self.call(f"cast_{source.kind}_{out.kind}" if source.kind != out.kind else f"copy_{out.kind}", out.rows, source, out)
        elif op == "concatenate":
            self._copies([self.places[number] for number in operation["in"]], out)
        elif op == "rows":
            self._rows(operation, out)
        elif op == "sum" and "levels" in operation:
            self.call(f"sum_levels_{out.kind}", operation["levels"], out.rows, self.places[operation["in"]], out)
        elif op in ("sum", "cumulative_sum"):
            source = self.places[operation["in"]]
            self.call(f"{op}_{out.kind}", source.rows, source, out)
        elif op == "dense":
            self._dense(operation, out)
        elif op in LEVELS:
            LEVELS[op](self, operation, out)
        else:
            raise ParamnetError(f"operation {op}", expected="one that source code can be written for", got=repr(op), where=self.where)

    def function(self, operation: Operation, out: Place) -> None:
        """Apply a function of one number, in place."""
        op = operation["op"]
        if op == "clamp":
            for key, kernel in (("lower", "at_least"), ("upper", "at_most")):
                if operation[key] is not None:
                    self.call(f"{kernel}_{out.kind}", out.rows, self.constants.add(out.kind, [operation[key]]), out)
        elif op == "leaky_relu":
            self.call(f"{op}_{out.kind}", out.rows, self.constants.add(out.kind, [operation["slope"]]), out)
        else:
            self.call(f"{op}_{out.kind}", out.rows, out)

    def _binary(self, operation: Operation, out: Place) -> None:
        forms, arguments = "", list[int | Place | Constant]()
        for key in ("a", "b"):
            ((form, number),) = operation[key].items()
            if form == "value":
                operand: Place | Constant = self.places[number]
                rows = self.places[number].rows
            else:
                constant = self.program.constants[number]
                operand, rows = self.constants.add(out.kind, constant), len(constant)
            forms += form[0]
            arguments += [rows, operand]
        self.call(f"{operation['op']}_{forms}_{out.kind}", out.rows, *arguments, out)

    def _copies(self, sources: list[Place], out: Place) -> None:
        first = 0
        for source in sources:
            self.call(f"copy_{out.kind}", source.rows, source, out.part(first, source.rows))
            first += source.rows

    def _rows(self, operation: Operation, out: Place) -> None:
        """Runs of adjacent rows as copies; many runs by a table of rows, of all sources side by side."""
        numbers = operation["in"] if isinstance(operation["in"], list) else [operation["in"]]
        sources = [self.places[number] for number in numbers]
        index = self.program.constants[operation["index"]]
        starts = np.cumsum([0, *(source.rows for source in sources)])
        source_of = np.searchsorted(starts, index, side="right") - 1
        breaks = np.flatnonzero((np.diff(index) != 1) | (np.diff(source_of) != 0)) + 1
        runs = list(zip([0, *breaks], [*breaks, len(index)], strict=True))
        if len(runs) <= _MOST_COPIES:
            for first, end in runs:
                place = sources[source_of[first]].part(int(index[first] - starts[source_of[first]]), int(end - first))
                self.call(f"copy_{out.kind}", place.rows, place, out.part(int(first), place.rows))
            return
        # Places of all sources are in one working memory, so that a table can point to any of them.
        rows = np.array([sources[one].first for one in source_of]) + index - starts[source_of]
        whole = Place(out.kind, 0, 0)
        self.call(f"gather_{out.kind}", out.rows, self.constants.add("index", rows), whole, out)

    def _dense(self, operation: Operation, out: Place) -> None:
        weight, bias = self.layer(operation)
        source = self.places[operation["in"]]
        self.call("dense", source.rows, out.rows, weight, bias, source, out)
        self.finish_layer(operation, out)

    def layer(self, operation: Operation) -> tuple[Constant, Constant]:
        """The constants of a layer's weights and bias."""
        bias = operation["bias"]
        return self.constants.add_layer(self.program.constants[operation["weight"]], None if bias is None else self.program.constants[bias])

    def finish_layer(self, operation: Operation, out: Place) -> None:
        """Residual and activation of a layer, in its order."""
        residual = None if operation.get("residual") is None else self.places[operation["residual"]]
        if residual is not None and not operation["residual_after"]:
            self.call("accumulate_32", out.rows, residual, out)
        if operation["activation"] is not None:
            self.function(operation["activation"], out)
        if residual is not None and operation["residual_after"]:
            self.call("accumulate_32", out.rows, residual, out)
