"""Schemes with one change and matching hashes: each is read, or refused by file and key.

PARAMNET_MUTATIONS sets how many (2,000 and more take minutes; tests/fuzz/fuzz_readers.py runs for a given time).
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from fuzz.mutations import changed_scheme, packed, with_agreeing_hashes
from paramnet.cli.inspect import printable
from paramnet.contract import ParamnetError, visible
from paramnet.exporting.archive import MANIFEST, PROGRAM, members_of
from paramnet.inspection import inspect

COUNT = int(os.environ.get("PARAMNET_MUTATIONS", "200"))


@pytest.fixture(scope="module")
def members(repository: Path) -> dict[str, bytes]:
    return members_of((repository / "fortran_bridge" / "library" / "tests" / "fuzz" / "corpus" / "seed_scheme.pt").read_bytes())


def edited(members: dict[str, bytes], path: Path, name: str, change: dict[str, Any]) -> Path:
    """A scheme whose manifest or program has other values at dotted keys."""
    document = json.loads(members[name])
    for dotted, value in change.items():
        node, *keys = document, *dotted.split(".")
        for key in keys[:-1]:
            node = node[int(key)] if isinstance(node, list) else node[key]
        node[int(keys[-1]) if isinstance(node, list) else keys[-1]] = value
    rest = {key: content for key, content in members.items() if key != MANIFEST}
    manifest = document if name == MANIFEST else json.loads(members[MANIFEST])
    if name == PROGRAM:
        rest[PROGRAM] = json.dumps(document).encode()
    path.write_bytes(with_agreeing_hashes(rest, manifest))
    return path


def test_no_mutated_scheme_ends_in_a_traceback(members: dict[str, bytes], tmp_path: Path) -> None:
    refused = 0
    for number in range(COUNT):
        content, what = changed_scheme(members, random.Random(f"unit-{number}"))
        (tmp_path / "mutated.pt").write_bytes(content)
        try:
            report = inspect(tmp_path / "mutated.pt")
            for section in report.sections:
                assert all(printable(value) == visible(printable(value)) for row in section.rows for value in row)
        except ParamnetError as error:
            assert "mutated.pt" in str(error) and str(error).isprintable(), what
            refused += 1
        except Exception as error:  # pragma: no cover
            pytest.fail(f"mutation {number} of {what}: {error!r}")
    assert COUNT / 3 < refused < COUNT


MANIFEST_LIES = [
    ("contract.inputs.0.valid_range", ["a", 1], "inputs[0].valid_range", "a finite number"),
    ("contract.inputs.0.time", [], "inputs[0].time", "a table of keys"),
    ("contract.inputs", {}, "inputs", "a list"),
    ("contract.vertical_grid.a_mid", 5, "vertical_grid.a_mid", "a list"),
    ("contract.constants", {"g": True}, "constants.g", "a finite number"),
    ("contract.time_step", 10**400, "time_step", "a finite number"),
    ("name", 7, "name", "a string"),
    ("envelope.inputs.min", [1.0], "envelope.inputs.min", "53 numbers"),
]


@pytest.mark.parametrize(("key", "value", "what", "expected"), MANIFEST_LIES)
def test_a_wrong_value_is_named_with_its_key(
    members: dict[str, bytes], tmp_path: Path, key: str, value: Any, what: str, expected: str
) -> None:
    path = edited(members, tmp_path / "s.pt", MANIFEST, {key: value})
    with pytest.raises(ParamnetError) as error:
        inspect(path)
    assert error.value.what == what and error.value.expected == expected and str(path) in error.value.where


PROGRAM_LIES = [
    ("constants.0.offset", 2**40, "constants[0].offset"),
    ("constants.0.rows", 65536, "constants[0].offset"),
    ("constants.0.type", "float16", "constants[0].type"),
    ("values.1.rows", 7, "operations[1].out"),
    ("operations.1.op", "system", "operations[1].op"),
    ("operations.1.in", 1, "operations[1].in"),
    ("operations.1.surprise", 1, "operations[1]"),
    ("operations", [], "values"),
]


@pytest.mark.parametrize(("key", "value", "what"), PROGRAM_LIES)
def test_a_program_is_checked_against_the_closed_list(members: dict[str, bytes], tmp_path: Path, key: str, value: Any, what: str) -> None:
    path = edited(members, tmp_path / "s.pt", PROGRAM, {key: value})
    with pytest.raises(ParamnetError) as error:
        inspect(path)
    assert error.value.what == what and error.value.where == f"scheme {path}: {PROGRAM}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[" * 200_000, "at most 64 levels of brackets"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "at most 64 levels of brackets"),
        (b'{"format": "x", "format": "paramnet-scheme"}', "JSON"),
        (b'{"a": NaN}', "JSON"),
        (b"\xff\xfe", "JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "JSON"),
    ],
)
def test_json_that_readers_could_interpret_differently_is_refused(
    members: dict[str, bytes], tmp_path: Path, text: bytes, expected: str
) -> None:
    (tmp_path / "s.pt").write_bytes(packed({**members, MANIFEST: text}))
    with pytest.raises(ParamnetError) as error:
        inspect(tmp_path / "s.pt")
    assert error.value.what == f"scheme {tmp_path / 's.pt'}: {MANIFEST}" and error.value.expected == expected


def test_control_characters_of_a_file_do_not_reach_the_terminal(members: dict[str, bytes], tmp_path: Path) -> None:
    path = edited(members, tmp_path / "s.pt", MANIFEST, {"provenance": {"note": "\x1b]0;title\x07\x1b[2J‮abc"}})
    rows = [row for section in inspect(path).sections if section.title == "provenance" for row in section.rows]
    assert [printable(value) for value in rows[0]] == ["note", r"\x1b]0;title\x07\x1b\[2J\u202eabc"]
    assert str(ParamnetError("\x1b[2J", got="a\nb")) == "\\x1b[2J: got a\nb"
