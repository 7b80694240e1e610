"""Records of an unfinished store: plain data that are restored exactly, and run no code."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_preprocess import assert_same_bits

from paramnet.contract import Contract, ParamnetError
from paramnet.files.records import load_record, save_record, stored
from paramnet.preprocessing import preprocess
from paramnet.preprocessing.resume.journal import read_claim
from paramnet.preprocessing.resume.plan import load_plan, load_shards


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@stored
@dataclass(frozen=True)
class Pair:
    one: Any
    other: Any
    again: list = field(default_factory=list, metadata={"stored": False})


@dataclass
class Unknown:
    one: int = 1


VALUES: list[Any] = [
    None,
    [1, -2.5, "größe", True, float("inf"), 2**64 - 1],
    ({"a": (1, [2])}, Path("/tmp/x y"), np.float64(0.1), np.int32(7)),
    Pair(1, [Pair("a", (2.5, None))]),
    Contract.from_yaml("rasp2018"),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_record_is_restored_exactly(value: Any, tmp_path: Path) -> None:
    save_record(tmp_path / "r", value)
    back = load_record(tmp_path / "r")
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)


def test_arrays_of_a_record_keep_type_and_shape(tmp_path: Path) -> None:
    several = [np.arange(3, dtype=">f4"), np.array([[True], [False]]), np.arange(6, dtype="i2").reshape(2, 3), np.zeros((0, 4), "f4")]
    value = Pair([*several, np.arange(12.0).reshape(3, 4)[:, ::2]], np.array(5, "u8"))
    save_record(tmp_path / "r", value)
    back = load_record(tmp_path / "r")
    for one, other in zip([*back.one, back.other], [*value.one, value.other], strict=True):
        assert one.dtype == other.dtype.newbyteorder("=") and one.shape == other.shape
        np.testing.assert_array_equal(one, other)
    assert back.again == []


def test_only_marked_classes_and_their_fields_are_kept(tmp_path: Path) -> None:
    for value in (Unknown(), Pair(Unknown(), 1), Pair(np.array([Unknown()]), 1), {1, 2}):
        with pytest.raises(TypeError, match="records"):
            save_record(tmp_path / "r", value)
    assert not list(tmp_path.iterdir())


def as_zip(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


def npy(text: bytes) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.frombuffer(text, np.uint8))
    return stream.getvalue()


def broken(trap: Path) -> dict[str, bytes]:
    """Files that are not records, by name."""
    objects = io.BytesIO()
    np.save(objects, np.array([Trap(trap)]), allow_pickle=True)
    nested = b"[" * 100_000
    return {
        "a pickle": pickle.dumps(Trap(trap)),
        "an array of pickled objects": as_zip({"tree.npy": objects.getvalue()}),
        "nothing": b"",
        "half a record": as_zip({"tree.npy": npy(b"[1, 2, 3]")})[:60],
        "no tree": as_zip({"f8.npy": npy(b"12345678")}),
        "a class that is none of ours": as_zip({"tree.npy": npy(b'{"Popen": {"args": "x"}}')}),
        "fields that are none": as_zip({"tree.npy": npy(b'{"Pair": {"one": 1, "two": 2}}')}),
        "an array that is not there": as_zip({"tree.npy": npy(b'{"array": ["f8", 0, [3]]}')}),
        "two in one": as_zip({"tree.npy": npy(b'{"tuple": [], "list": []}')}),
        "brackets without end": as_zip({"tree.npy": npy(nested)}),
        "a compressed member": as_zip({"tree.npy": npy(b"[" + b"1," * 10_000 + b"1]")}, zipfile.ZIP_DEFLATED),
    }


@pytest.mark.parametrize("what", list(broken(Path("x"))))
def test_a_file_that_is_no_record_is_refused_and_runs_no_code(what: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(broken(tmp_path / "ran")[what])
    with pytest.raises(ParamnetError) as error:
        load_record(tmp_path / "r")
    assert error.value.what == "r" and error.value.expected == "a record of this version of paramnet"
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def stopped(plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return a function that makes an unfinished store, stopped after the first pass, and returns its folder."""

    def make(at: str = "write_statistics") -> Path:
        plasim_record()

        def stop(*args: object, **kwargs: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(f"paramnet.preprocessing.pipeline.{at}", stop)
            preprocess(configure("plasim"))
        return Path(f"{configure('plasim').store}.incomplete")

    return make


@pytest.mark.parametrize("name", ["plan", "scan", "shards", "blocks/00000000"])
def test_a_pickle_in_an_unfinished_store_is_not_loaded(name: str, stopped: Callable, configure: Callable, tmp_path: Path) -> None:
    unfinished = stopped()
    (unfinished / "work" / name).write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    if name == "shards":
        with pytest.raises(ParamnetError):
            load_shards(unfinished)
    else:
        with pytest.raises(ParamnetError) as error:
            preprocess(configure("plasim"))
        assert error.value.what == Path(name).name and error.value.remedy.startswith("remove")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["plan", "scan", "blocks/00000000"])
def test_a_record_of_something_else_is_refused(name: str, stopped: Callable, configure: Callable) -> None:
    save_record(stopped() / "work" / name, [1, 2])
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert error.value.what == Path(name).name and "got list" in error.value.got


def test_no_record_of_an_unfinished_store_is_a_pickle(stopped: Callable) -> None:
    work = stopped() / "work"
    records = [
        path for path in work.rglob("*") if path.is_file() and path.parent.name != "spill" and path.name not in ("lock", "claim.json")
    ]
    assert {path.parent.name for path in records} >= {"work", "blocks", "shards_train"}
    assert all(zipfile.is_zipfile(path) for path in records)


def test_an_unfinished_store_of_an_older_version_is_started_again(
    stopped: Callable, configure: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unfinished = stopped()
    claim = read_claim(unfinished)
    assert claim is not None
    (unfinished / "work" / "claim.json").write_text(json.dumps({key: claim[key] for key in ("fingerprint", "config")}))
    for path in (unfinished / "work" / "blocks").iterdir():
        path.write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    store = preprocess(configure("plasim"))
    assert not (tmp_path / "ran").exists() and any("another version" in line for line in caplog.messages)
    assert_same_bits(preprocess(configure("plasim", store=str(tmp_path / "one"))), store)


def test_a_plan_does_not_decide_where_to_write_or_what_to_read(stopped: Callable, configure: Callable, tmp_path: Path) -> None:
    unfinished = stopped()
    plan = load_plan(unfinished)
    elsewhere = unfinished.with_name("elsewhere")
    unfinished.rename(elsewhere)
    assert load_plan(elsewhere).journal.folder == elsewhere / "work"
    elsewhere.rename(unfinished)
    plan.reader.files = [tmp_path / "other.nc"]
    plan.write()
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert (error.value.what, error.value.got) == ("plan", "that of another run")


def test_a_folder_that_is_not_from_a_run_is_not_cleared(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    unfinished = Path(f"{configure('plasim').store}.incomplete")
    unfinished.mkdir()
    (unfinished / "thesis.tex").touch()
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert "thesis.tex" in error.value.got and (unfinished / "thesis.tex").exists()


def test_samples_lost_between_the_passes_are_noticed(stopped: Callable, configure: Callable) -> None:
    unfinished = stopped("_create")
    spills = sorted((unfinished / "work" / "spill").iterdir())
    spills[0].unlink()
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert error.value.what == spills[0].name and error.value.got == "0"
