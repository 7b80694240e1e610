"""Atomic writing, locks, identities and folders."""

import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from paramnet.contract import ParamnetError
from paramnet.files import (
    claim_identity,
    differences,
    locked,
    put_in_place,
    replacing,
    require_writable_folder,
    sha256_of,
    write_json,
    write_text,
)


def test_a_failed_write_leaves_the_file_as_it_was_and_nothing_else(tmp_path):
    target = tmp_path / "train.json"
    write_text(target, "first")
    with pytest.raises(OSError), replacing(target) as temporary:
        temporary.write_text("second, cut sho")
        raise OSError("No space left on device")
    assert target.read_text() == "first"
    assert os.listdir(tmp_path) == ["train.json"]


def test_a_writer_that_is_killed_leaves_the_file_as_it_was(tmp_path):
    target = tmp_path / "last.ckpt"
    write_text(target, "first")
    code = (
        "import os, pathlib, sys\nfrom paramnet.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as temporary:\n    temporary.write_text('sec')\n    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(target)]).returncode == -9
    assert target.read_text() == "first"


def test_a_complete_folder_is_renamed_into_place_and_replaces_another(tmp_path):
    made, target = tmp_path / "store.incomplete", tmp_path / "store"
    for folder, name in ((target, "old"), (made, "new"), (tmp_path / "store.replaced", "left by a killed process")):
        folder.mkdir()
        (folder / name).touch()
    put_in_place(made, target)
    assert os.listdir(tmp_path) == ["store"] and os.listdir(target) == ["new"]


def test_a_file_put_in_place_leaves_others_alone(tmp_path):
    (tmp_path / "scheme.pt2.replaced").mkdir()
    write_text(tmp_path / "made", "new")
    write_text(tmp_path / "scheme.pt2", "old")
    put_in_place(tmp_path / "made", tmp_path / "scheme.pt2")
    assert sorted(os.listdir(tmp_path)) == ["scheme.pt2", "scheme.pt2.replaced"] and (tmp_path / "scheme.pt2").read_text() == "new"


@pytest.mark.parametrize("name", ["s" * 252 + ".pt", "ü" * 126 + ".pt"])
def test_a_file_of_the_longest_name_is_written(tmp_path, name):
    write_text(tmp_path / name, "first")
    with pytest.raises(OSError), replacing(tmp_path / name) as temporary:
        temporary.write_text("sec")
        raise OSError("No space left on device")
    assert (tmp_path / name).read_text() == "first" and os.listdir(tmp_path) == [name]


def test_json_refuses_nan_and_keeps_the_old_file(tmp_path):
    write_json(tmp_path / "skill.json", {"r2": 0.5})
    with pytest.raises(ValueError):
        write_json(tmp_path / "skill.json", {"r2": float("nan")})
    assert json.loads((tmp_path / "skill.json").read_text()) == {"r2": 0.5}


def test_a_second_process_is_refused_with_the_id_of_the_first(tmp_path):
    with locked(tmp_path / "lock", "output run"):
        code = "import sys\nfrom paramnet.files import locked\nwith locked(sys.argv[1], 'output run'): pass\n"
        second = subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], capture_output=True, text=True)
    assert second.returncode == 1
    assert f"process {os.getpid()} on {socket.gethostname()}" in second.stderr
    with locked(tmp_path / "lock", "output run"):
        pass


def test_an_identity_is_recorded_once_and_compared_afterwards(tmp_path):
    record = tmp_path / "identity.json"
    first = {"seed": 1, "loss": {"kind": "mse", "weights": {}}, "trainer": {"epochs": 2}}
    assert not claim_identity(record, first, "run", "set overwrite=true")
    assert claim_identity(record, first | {"trainer": {"epochs": 4}}, "run", "set overwrite=true", free=["trainer.epochs"])
    with pytest.raises(ParamnetError) as refused:
        claim_identity(record, first | {"seed": 7, "loss": {"kind": "mae", "weights": {}}}, "run", "set overwrite=true")
    assert "loss.kind" in refused.value.got and "seed: 1 → 7" in refused.value.got
    assert refused.value.remedy == "set overwrite=true"
    assert json.loads(record.read_text()) == first


def test_a_damaged_identity_is_an_error_with_its_file(tmp_path):
    (tmp_path / "identity.json").write_text("")
    with pytest.raises(ParamnetError) as refused:
        claim_identity(tmp_path / "identity.json", {"seed": 1}, "run", "delete the folder")
    assert (refused.value.what, refused.value.where) == ("identity.json", str(tmp_path))


def test_differences_of_nested_settings_are_named_by_dotted_keys():
    assert differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4}) == {"a.c": (2, 3), "d": (None, 4)}
    assert differences({"a": {"b": 1}}, {"a": {"b": 2}}, free=["a"]) == {}


def test_a_folder_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ParamnetError) as refused:
        require_writable_folder(tmp_path / "file" / "run", "output")
    assert refused.value.what == f"output {tmp_path / 'file' / 'run'}"
    assert "Not a directory" in refused.value.got
    assert list(require_writable_folder(tmp_path / "a" / "b", "output").iterdir()) == []


def test_sha256_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_message_of_an_error_is_made_of_its_fields():
    error = ParamnetError("specific_humidity", expected="units 'kg kg-1'", got="'g kg-1'", where="spcam_3.nc", remedy="fix the file")
    assert str(error) == "specific_humidity: expected units 'kg kg-1', got 'g kg-1' in spcam_3.nc; fix the file"
    assert str(ParamnetError("a complete sentence")) == "a complete sentence"
    assert Path(error.where).suffix == ".nc"


def test_an_error_keeps_its_fields_when_it_crosses_a_process():
    error = ParamnetError("input", expected="4 usable files", got="3", where="archive", remedy="fix them")
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
