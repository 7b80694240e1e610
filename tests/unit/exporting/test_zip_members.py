"""Untrusted archives: any archive that two readers could read differently is refused."""

import io
import random
import warnings
import zipfile
from pathlib import Path

import pytest

from fuzz.mutations import changed_archive
from paramnet.contract import ParamnetError
from paramnet.exporting.archive import FOLDER, members_of, read_archive
from paramnet.exporting.zip_members import MOST_UNPACKED, read_members

MEMBERS = {"data.pkl": b"a" * 100, "code/x.py": b"b" * 200}


def archive(entries: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as written:
        warnings.simplefilter("ignore")
        for name, content in entries:
            written.writestr(name, content)
        written.comment = comment
    return buffer.getvalue()


def good() -> list[tuple[str, bytes]]:
    return [(f"{FOLDER}/{name}", content) for name, content in MEMBERS.items()]


def test_members_are_named_below_the_folder() -> None:
    assert read_members(archive(good()), "a.pt", "copy") == MEMBERS
    assert read_members(archive([(f"net/{name}", content) for name, content in MEMBERS.items()]), "a.pt", "copy") == MEMBERS


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (archive([*good(), good()[0]]), "archive/data.pkl twice"),
        (archive([*good(), ("other/data.pkl", b"")]), "'other/data.pkl'"),
        (archive([*good(), ("archive/", b"")]), "'archive/'"),
        (archive([("data.pkl", b"")]), "'data.pkl'"),
        (archive(good(), zipfile.ZIP_DEFLATED), "archive/data.pkl compressed"),
        (archive([]), "an empty one"),
        (archive(good(), comment=b"x"), "something after the directory"),
        (archive(good(), comment=b"PK\5\6" + bytes(18)), "an empty one"),
        (b"PK\3\4" + archive(good()), "something before the first member"),
        (archive(good())[:-5], "unreadable"),
        (archive(good()).replace(b"b" * 200, b"b" * 199 + b"c"), "unreadable"),
        (archive(good()).replace(b"archive/data.pkl", b"archive/data\0pkl"), "'archive/data\\x00pkl'"),
    ],
)
def test_an_archive_that_could_be_read_in_two_ways_is_refused(content: bytes, got: str) -> None:
    with pytest.raises(ParamnetError) as error:
        read_members(content, "a.pt", "copy it again")
    assert error.value.what == "a.pt" and got in error.value.got and error.value.remedy == "copy it again"


def test_overlapping_members_are_refused() -> None:
    content = bytearray(archive(good()))
    entry = content.index(b"PK\1\2")
    for at in (20, 24):  # both sizes of the first member, in the directory
        content[entry + at : entry + at + 4] = (250).to_bytes(4, "little")
    with pytest.raises(ParamnetError) as error:
        read_members(bytes(content), "a.pt", "copy")
    assert error.value.what == "a.pt"


def test_code_compressed_by_libtorch_is_unpacked_within_bounds() -> None:
    assert members_of(archive(good(), zipfile.ZIP_DEFLATED)) == MEMBERS
    bomb = archive([*good(), ("archive/data/0", bytes(MOST_UNPACKED + 1))], zipfile.ZIP_DEFLATED)
    with pytest.raises(ParamnetError) as error:
        members_of(bomb)
    assert str(MOST_UNPACKED) in error.value.expected
    lying = bytearray(archive([("archive/x", bytes(1 << 20))], zipfile.ZIP_DEFLATED))
    entry = lying.index(b"PK\1\2")
    lying[entry + 24 : entry + 28] = (10).to_bytes(4, "little")  # claims an unpacked size of ten bytes
    with pytest.raises(ParamnetError):
        members_of(bytes(lying))


def test_a_mutated_archive_is_read_or_refused(repository: Path, tmp_path: Path) -> None:
    seed = (repository / "fortran_bridge" / "library" / "tests" / "fuzz" / "corpus" / "seed_scheme.pt").read_bytes()
    refused = 0
    for number in range(150):
        content, what = changed_archive(seed, random.Random(number))
        (tmp_path / "m.pt").write_bytes(content)
        try:
            read_archive(tmp_path / "m.pt")
        except ParamnetError:
            refused += 1
        except Exception as error:  # pragma: no cover
            pytest.fail(f"{number}, {what}: {error!r}")
    assert refused > 75
