"""TorchScript runs its author's code: a file that could do more than compute is refused before libtorch reads it."""

import io
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from hostile_torchscript import MARK, Prints, WritesWhenCalled, WritesWhenLoaded, hostile_scheme
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.exporting import load_scheme
from paramnet.exporting.archive import members_of
from paramnet.exporting.screening import require_harmless
from paramnet.exporting.torchscript import from_archive, to_archive
from paramnet.exporting.torchscript_code import PRIM_OPERATORS, allowed_operators, forbidden_in, is_operator


@pytest.fixture(scope="module")
def seed(repository: Path) -> Path:
    return repository / "fortran_bridge" / "library" / "tests" / "fuzz" / "corpus" / "seed_scheme.pt"


def test_a_scheme_that_writes_a_file_when_it_is_loaded_is_refused_unless_trusted(
    seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = hostile_scheme(seed, WritesWhenLoaded(), tmp_path / "evil.pt")
    with pytest.raises(ParamnetError) as error:
        load_scheme(path)
    assert error.value.what == f"scheme {path}" and error.value.expected == "TorchScript that only computes"
    assert "__setstate__" in error.value.got or "__getstate__" in error.value.got
    assert "code/" in error.value.got and "trust=True" in error.value.remedy
    assert not Path(MARK).exists()
    load_scheme(path, trust=True)
    assert Path(MARK).read_bytes() == b"#!/bin/sh\n"


@pytest.mark.parametrize(("module", "words"), [(WritesWhenCalled(), "aten::save, which writes files"), (Prints(), "print")])
def test_a_scheme_that_writes_when_it_is_called_is_refused_by_its_operator(
    seed: Path, tmp_path: Path, module: nn.Module, words: str
) -> None:
    with pytest.raises(ParamnetError) as error:
        load_scheme(hostile_scheme(seed, module, tmp_path / "evil.pt"))
    assert words in error.value.got and re.search(r"in code/\S+\.py line \d+$", error.value.got)


NETWORKS: dict[str, Any] = {
    "lstm": lambda: torch.jit.script(nn.LSTM(4, 4, 2, bidirectional=True)),
    "traced lstm": lambda: torch.jit.trace(nn.LSTM(4, 4), torch.zeros(2, 3, 4)),
    "gru": lambda: torch.jit.script(nn.GRU(4, 4)),
    "attention": lambda: torch.jit.script(nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 1)),
    "convolutions": lambda: torch.jit.script(
        nn.Sequential(nn.Conv1d(2, 2, 3, padding="same"), nn.BatchNorm1d(2), nn.PReLU(), nn.MaxPool1d(2), nn.Upsample(scale_factor=2))
    ),
    "activations": lambda: torch.jit.script(nn.Sequential(nn.SELU(), nn.GELU(), nn.Mish(), nn.GLU(), nn.Softmax(-1), nn.Hardswish())),
    "normalizations": lambda: torch.jit.script(
        nn.Sequential(nn.LayerNorm(3), nn.GroupNorm(1, 3), nn.InstanceNorm1d(3), nn.Embedding(3, 3))
    ),
    "frozen": lambda: torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.ReLU()).eval())),
    "weight norm": lambda: torch.jit.trace(torch.nn.utils.weight_norm(nn.Linear(3, 3)), torch.zeros(2, 3)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_ordinary_networks_are_loaded(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert isinstance(from_archive(to_archive(NETWORKS[name]()), name), torch.jit.ScriptModule)


@pytest.mark.parametrize(
    "line",
    [
        'torch.save(x, "f")',
        'x.save("f")',
        'x . \\\n save("f")',
        'x.# a comment\nsave("f")',
        'f = torch.from_file\n  f("x", True, 3)',
        'getattr(torch, "from_file")("x", True, 3)',
        'getattr(torch, "sa" "ve")(x, "f")',
        'getattr(torch, "sa\\x76e")(x, "f")',
        "g = getattr",
        'getattr(x, name="save")',
        'ops.aten.save(x, "f")',
        "ops.profiler._record_function_enter(x)",
        "o = ops",
        "ops.prim.rpc_sync(x)",
        "__torch__.torch.classes.quantized.LinearPackedParamsBase()",
        'getattr(__torch__.torch, "classes").a.b()',
        "def __setstate__(self, state): pass",
        "print(x)",
        "p = print",
        "fork(f, x)",
        "x.set_(y)",
        "x.resize_([100])",
        'x = "\\x1b]0;title"',
        'x = """save"""',
        'x = "unended',
        "x = é",
        "x = \x00",
        'x = 1.save("f")',
    ],
)
def test_no_spelling_of_a_forbidden_operator_passes(line: str) -> None:
    code = f"def forward(self, x):\n  y = torch.relu(x)\n  {line}\n  return y\n"
    found = forbidden_in(code.encode("latin-1"))
    assert found is not None and found[1] >= 3
    assert forbidden_in(code.replace(line, "z = torch.tanh(y)").encode()) is None


def test_numbers_texts_and_names_of_networks_pass() -> None:
    code = (
        b'class Net(Module):\n  __parameters__ = ["weight", "save"]\n  weight : Tensor\n'
        b"  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n"
        b'    _0 = getattr(self.layers, "0")\n    a = "\\302\\265 save\\n"  # save\n    b = ops.prim.NumToTensor(torch.size(x, 0))\n'
        b'    c = torch.add(x, 1.e-5, alpha=.5)\n    ops.prim.RaiseException(a, "builtins.ValueError")\n    return (_0).forward(c, )\n'
    )
    assert forbidden_in(code) is None


@pytest.mark.parametrize("name", ["model.json", "code/x.so", "data/0.so", "bytecode.pkl", "CODE/x.py", "../x"])
def test_members_that_libtorch_would_read_otherwise_are_refused(seed: Path, name: str) -> None:
    members = {key: value for key, value in members_of(seed.read_bytes()).items() if not key.startswith("extra/")}
    require_harmless(members, "seed")
    with pytest.raises(ParamnetError) as error:
        require_harmless({**members, name: b""}, "seed")
    assert repr(name) in error.value.got


class _Calls:
    def __reduce__(self) -> Any:
        return print, ("ran",)


def test_pickles_name_a_networks_own_classes_only(seed: Path) -> None:
    members = {key: value for key, value in members_of(seed.read_bytes()).items() if not key.startswith("extra/")}
    for protocol in (2, 4):
        with pytest.raises(ParamnetError) as error:
            require_harmless({**members, "constants.pkl": pickle.dumps(_Calls(), protocol)}, "seed")
        assert "constants.pkl" in error.value.got
    with pytest.raises(ParamnetError) as quantized:
        require_harmless({**members, "data.pkl": b"\x80\x02c__torch__.torch.classes.quantized\nLinearPackedParamsBase\n."}, "seed")
    assert "torch.classes" in quantized.value.got
    with pytest.raises(ParamnetError) as cut:
        require_harmless({**members, "data.pkl": members["data.pkl"][:50]}, "seed")
    assert "damaged pickle" in cut.value.got


def test_the_list_has_operators_of_libtorch_and_none_that_uses_files_or_threads() -> None:
    assert {name for name in allowed_operators() if not is_operator(name)} == set()
    schemas = {name: torch._C._jit_get_schemas_for_operator(f"aten::{name}") for name in allowed_operators()}
    taking_files = {name for name, found in schemas.items() for schema in found for argument in schema.arguments if "file" in argument.name}
    assert taking_files == set() and not allowed_operators() & {"save", "from_file", "wait", "manual_seed", "set_"}


def test_the_bridge_has_the_same_lists(repository: Path) -> None:
    folder = repository / "fortran_bridge" / "library" / "src" / "backends" / "torch"
    operators = re.findall(r'^"(\w+)",$', (folder / "operators.inc").read_text(), re.M)
    assert set(operators) == allowed_operators() and operators == sorted(operators)
    table = re.search(r"prim_allowed\[\] = \{(.*?)\};", (folder / "code.cpp").read_text(), re.S)
    assert table is not None and set(re.findall(r'"(\w+)"', table[1])) == PRIM_OPERATORS


def test_libtorch_reads_the_members_that_were_checked() -> None:
    """A second directory in the archive's comment, which libtorch would use, is not passed on."""
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Identity()), buffer)
    harmless, hostile = buffer.getvalue(), to_archive(torch.jit.script(WritesWhenCalled()))
    both = hostile[:-2] + len(harmless).to_bytes(2, "little") + harmless
    script = from_archive(harmless, "harmless")
    assert "save" not in script.code
    try:
        assert "save" not in from_archive(both, "both").code
    except ParamnetError as error:
        assert error.what == "both"
