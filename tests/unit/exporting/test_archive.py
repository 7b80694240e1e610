"""The archive of a scheme: libtorch reads it, the same scheme gives the same bytes, and every change is detected."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from shipped_schemes import FEATURES, random_scheme

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import load_program, load_scheme, read_manifest, write_artefact
from paramnet.exporting.archive import MANIFEST, PROGRAM, WEIGHTS, manifest_text, members_of, write_archive
from paramnet.exporting.program.interpreter import interpret
from paramnet.scheme.networks import ModelConfig


@pytest.fixture(scope="module")
def scheme(convection: Contract, convection_columns: np.ndarray) -> torch.nn.Module:
    return random_scheme(convection, convection_columns, ModelConfig(hidden=[16]), FEATURES)


@pytest.fixture(scope="module")
def artefact(scheme: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("artefact") / "scheme.pt"
    write_artefact(scheme, {"inputs": [{"size": 50}, {"size": 3}]}, path)
    return path


def test_libtorch_finds_module_and_extra_files(artefact: Path, scheme: torch.nn.Module, convection_columns: np.ndarray) -> None:
    extra: dict[str, Any] = {"paramnet.json": "", "program.json": "", "weights.bin": ""}
    module = torch.jit.load(str(artefact), _extra_files=extra)
    x = torch.from_numpy(convection_columns)
    torch.testing.assert_close(module(x), scheme(x), rtol=0, atol=0)
    assert json.loads(extra["paramnet.json"])["format_version"] == 2 and json.loads(extra["program.json"])["operations"]


def test_the_program_in_the_file_computes_the_same_as_the_module(artefact: Path, scheme: Any, convection_columns: np.ndarray) -> None:
    program = load_program(artefact)
    assert program is not None and read_manifest(artefact)["native"] == {"program": True}
    expected = scheme(torch.from_numpy(convection_columns)).detach().numpy()
    np.testing.assert_allclose(interpret(program, convection_columns) / expected.std(0), expected / expected.std(0), atol=2e-5)


def test_members_are_stored_aligned_and_listed_with_the_manifest_last(artefact: Path) -> None:
    whole = artefact.read_bytes()
    with zipfile.ZipFile(artefact) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
        for entry in entries:
            start = entry.header_offset + 30 + sum(int.from_bytes(whole[entry.header_offset + at :][:2], "little") for at in (26, 28))
            assert entry.compress_type == zipfile.ZIP_STORED and start % 64 == 0
            assert whole[start : start + entry.file_size] == archive.read(entry)
        assert entries[-1].filename == f"archive/{MANIFEST}"
    listed = read_manifest(artefact)["members"]
    assert sorted(listed) == sorted(name for name in members_of(whole) if name != MANIFEST) and PROGRAM in listed and WEIGHTS in listed


def test_the_same_scheme_gives_the_same_bytes_and_no_paths(artefact: Path, scheme: torch.nn.Module, tmp_path: Path) -> None:
    write_artefact(scheme, {"inputs": [{"size": 50}, {"size": 3}]}, tmp_path / "again.pt")
    assert (tmp_path / "again.pt").read_bytes() == artefact.read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in artefact.read_bytes()


def test_every_flipped_byte_of_a_member_is_noticed(artefact: Path, tmp_path: Path) -> None:
    members = members_of(artefact.read_bytes())
    for name in (name for name in members if name != MANIFEST and members[name]):
        middle = len(members[name]) // 2
        edited = members[name][:middle] + bytes([members[name][middle] ^ 1]) + members[name][middle + 1 :]
        write_archive(tmp_path / "edited.pt", {**members, name: edited})
        with pytest.raises(ParamnetError) as refused:
            load_scheme(tmp_path / "edited.pt")
        assert (refused.value.what, refused.value.got) == (f"member {name}", "other bytes")
        assert refused.value.where == f"scheme {tmp_path / 'edited.pt'}"


def test_a_member_added_or_removed_is_noticed(artefact: Path, tmp_path: Path) -> None:
    members = members_of(artefact.read_bytes())
    write_archive(tmp_path / "more.pt", {**members, "code/more.py": b"import os"})
    with pytest.raises(ParamnetError) as refused:
        load_scheme(tmp_path / "more.pt")
    assert (refused.value.what, refused.value.got) == ("member code/more.py", "an unlisted member")
    write_archive(tmp_path / "less.pt", {name: content for name, content in members.items() if name != PROGRAM})
    with pytest.raises(ParamnetError) as refused:
        load_program(tmp_path / "less.pt")
    assert (refused.value.what, refused.value.got) == (f"member {PROGRAM}", "nothing")


@pytest.mark.parametrize(
    ("change", "expected", "got", "remedy"),
    [
        ({"format_version": 1}, "2 or 3", "1", "export the checkpoint again"),
        ({"format_version": 4}, "2 or 3", "4", "install the version of paramnet"),
        ({"format_version": None}, "2 or 3", "None", "export the checkpoint again"),
        ({"format": "other"}, "'paramnet-scheme'", "'other'", "`paramnet export`"),
        ({"members": None}, "hash", "NoneType", "export again"),
    ],
)
def test_another_format_or_version_is_named(
    artefact: Path, tmp_path: Path, change: dict[str, Any], expected: str, got: str, remedy: str
) -> None:
    members = members_of(artefact.read_bytes())
    edited = json.loads(members[MANIFEST]) | change
    write_archive(tmp_path / "edited.pt", {**members, MANIFEST: manifest_text(edited)})
    with pytest.raises(ParamnetError) as refused:
        read_manifest(tmp_path / "edited.pt")
    assert [refused.value.what] == list(change) and refused.value.where == f"scheme {tmp_path / 'edited.pt'}: {MANIFEST}"
    assert expected in refused.value.expected and refused.value.got == got and remedy in refused.value.remedy


def test_a_file_that_is_not_an_artefact_is_named(artefact: Path, tmp_path: Path) -> None:
    whole = artefact.read_bytes()
    (tmp_path / "half.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ParamnetError) as half:
        load_scheme(tmp_path / "half.pt")
    assert half.value.what == f"scheme {tmp_path / 'half.pt'}" and half.value.expected == "a complete zip archive"
    members = members_of(whole)
    del members[MANIFEST]
    write_archive(tmp_path / "plain.pt", members)
    with pytest.raises(ParamnetError) as plain:
        load_scheme(tmp_path / "plain.pt")
    assert (plain.value.expected, plain.value.got) == (f"a member {MANIFEST}", "none")
    write_archive(tmp_path / "text.pt", {**members, MANIFEST: b"{"})
    with pytest.raises(ParamnetError) as text:
        load_scheme(tmp_path / "text.pt")
    assert text.value.what == f"scheme {tmp_path / 'text.pt'}: {MANIFEST}" and text.value.expected == "JSON"


def test_a_scheme_without_a_program_contains_the_reason(tmp_path: Path) -> None:
    class Sorts(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.sort(x, dim=1)[0]

    manifest = write_artefact(Sorts(), {"inputs": [{"size": 4}]}, tmp_path / "sorts.pt")
    assert manifest["native"]["program"] is False and "aten.sort.default" in manifest["native"]["reason"]
    assert load_program(tmp_path / "sorts.pt") is None
    module, _ = load_scheme(tmp_path / "sorts.pt")
    assert module(torch.tensor([[3.0, 1.0, 2.0, 0.0]])).tolist() == [[0.0, 1.0, 2.0, 3.0]]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "scheme.pt").write_bytes(b"old")
    with pytest.raises(TypeError):
        write_archive(tmp_path / "scheme.pt", {"a": b"1", "b": io.BytesIO()})  # type: ignore[dict-item]
    assert (tmp_path / "scheme.pt").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
