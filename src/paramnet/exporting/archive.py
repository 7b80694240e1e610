"""The zip archive of an artefact: uncompressed members, each aligned to 64 bytes, all listed with their hashes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from paramnet.contract import ParamnetError, parse_json, short
from paramnet.exporting.program.definition import ALIGNMENT
from paramnet.exporting.zip_members import read_members
from paramnet.files import replacing

__all__ = ["MANIFEST", "members_of", "read_archive"]

FOLDER = "archive"  # the top folder; libtorch accepts any name
MANIFEST, PROGRAM, WEIGHTS = "extra/paramnet.json", "extra/program.json", "extra/weights.bin"
FORMAT, OLDEST_VERSION, FORMAT_VERSION = "paramnet-scheme", 2, 3
_LOCAL_HEADER = 30  # bytes of a member's header before its name
_PADDING_FIELD = b"FB"  # the extra field that libtorch, too, uses for alignment


def members_of(archive: bytes, where: str = "archive") -> dict[str, bytes]:
    """Members of a zip by their names below its top folder; also of libtorch's, with compressed code (see read_members)."""
    return read_members(archive, where, "copy it again, or write it again", packed=True)


def listing(members: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """``manifest["members"]``: size and SHA-256 of every member except the manifest."""
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
        if name != MANIFEST
    }


def manifest_text(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as UTF-8 JSON; raise ValueError for a number that is not finite, which JSON cannot represent."""
    return json.dumps(manifest, indent=1, allow_nan=False).encode()


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the members in this order, atomically and reproducibly; raise ParamnetError if the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            write_zip(temporary, members)
    except OSError as error:
        raise ParamnetError(
            f"scheme {path}",
            expected="a writable folder with enough space",
            got=error.strerror or str(error),
            remedy="free some space, or choose another file (an older file of this name is unchanged)",
        ) from error


def write_zip(target: Path | BinaryIO, members: Mapping[str, bytes]) -> None:
    """Write uncompressed members in one top folder, each aligned to 64 bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}")  # dated 1980; the true date is in the manifest
            start = archive.fp.tell() + _LOCAL_HEADER + len(entry.filename.encode()) + 4  # type: ignore[union-attr]
            padding = -start % ALIGNMENT
            entry.extra = _PADDING_FIELD + padding.to_bytes(2, "little") + bytes(padding)
            archive.writestr(entry, content)


def read_archive(path: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Members and manifest of an artefact, with every member unchanged since it was written.

    Raises ParamnetError for a file that is missing, not an archive, without manifest, of another format version, or with a
    member that was changed, added or removed.
    """
    if not path.is_file():
        raise ParamnetError(f"scheme {path}", expected="an exported scheme", got="no file", remedy="write it with `paramnet export`")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParamnetError(f"scheme {path}", expected="a readable file", got=error.strerror or str(error)) from error
    members = read_members(content, f"scheme {path}", "copy it again, or repeat `paramnet export`")
    if MANIFEST not in members:
        raise ParamnetError(
            f"scheme {path}", expected=f"a member {MANIFEST}", got="none", remedy="export the scheme with `paramnet export`"
        )
    manifest = _manifest(path, members[MANIFEST])
    _require_members(path, members, manifest)
    return members, manifest


def _manifest(path: Path, text: bytes) -> dict[str, Any]:
    manifest = parse_json(text, f"scheme {path}: {MANIFEST}", "export again")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        got = manifest.get("format") if isinstance(manifest, dict) else manifest
        raise ParamnetError(
            "format",
            expected=repr(FORMAT),
            got=short(got),
            where=f"scheme {path}: {MANIFEST}",
            remedy="export the scheme with `paramnet export`",
        )
    version = manifest.get("format_version")
    if not isinstance(version, int) or not OLDEST_VERSION <= version <= FORMAT_VERSION:
        newer = isinstance(version, int) and version > FORMAT_VERSION
        newer_remedy = "install the version of paramnet that wrote the scheme, or a newer one"
        raise ParamnetError(
            "format_version",
            expected=f"{OLDEST_VERSION} or {FORMAT_VERSION}",
            got=short(version),
            where=f"scheme {path}: {MANIFEST}",
            remedy=newer_remedy if newer else "export the checkpoint again with `paramnet export`",
        )
    return manifest


def version_of(manifest: Mapping[str, Any]) -> int:
    """Version of the format that this manifest needs: 3 with state or random numbers, which readers of 2 do not know."""
    return FORMAT_VERSION if manifest.get("state") or manifest.get("random_numbers") else OLDEST_VERSION


def _require_members(path: Path, members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    """Raise ParamnetError unless the archive has exactly the members listed in its manifest, unchanged."""
    listed = manifest.get("members")
    if not isinstance(listed, dict):
        raise ParamnetError(
            "members",
            expected="a table with a hash for each member",
            got=type(listed).__name__,
            where=f"scheme {path}: {MANIFEST}",
            remedy="export again",
        )
    present = listing(members)
    for name in sorted(present.keys() | listed.keys()):
        if present.get(name) != listed.get(name):
            got = "nothing" if name not in present else "an unlisted member" if name not in listed else "other bytes"
            raise ParamnetError(
                f"member {name}",
                expected="the content listed in the manifest",
                got=got,
                where=f"scheme {path}",
                remedy="export again: the file was damaged or edited",
            )
