"""Read the members of an untrusted zip: as strict as the bridge's reader (src/artefact/zip.cpp), with bounded memory."""

from __future__ import annotations

import io
import zipfile
import zlib

from paramnet.contract import ParamnetError

# libtorch compresses the code in TorchScript; no code comes near this size.
MOST_UNPACKED = 64 << 20
_END = 22  # bytes of the end record of an archive
_CANNOT_READ = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError, OSError, zlib.error)


def read_members(archive: bytes, where: str, remedy: str, packed: bool = False) -> dict[str, bytes]:
    """Members by their names below the archive's one top folder.

    Members must be uncompressed, unique by name, and together no larger than the file. packed : members may be compressed, up
    to 64 MiB in total, as in TorchScript written by libtorch. Raises ParamnetError naming ``where`` and the invalid member.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            _require_plain(entries, len(archive), where, remedy, packed)
            if not archive[-_END:].startswith(b"PK\5\6") or opened.comment:  # libtorch would look for another directory there
                raise ParamnetError(where, expected="a directory at the end", got="something after the directory", remedy=remedy)
            if min(entry.header_offset for entry in entries) != 0:
                raise ParamnetError(where, expected="a member at the start", got="something before the first member", remedy=remedy)
            folder = entries[0].filename.partition("/")[0] + "/"
            return {entry.filename.removeprefix(folder): _content(opened, entry, where, remedy) for entry in entries}
    except _CANNOT_READ as error:
        if isinstance(error, ParamnetError):
            raise
        raise ParamnetError(where, expected="a complete zip archive", got=f"an unreadable one ({error})", remedy=remedy) from error


def _require_plain(entries: list[zipfile.ZipInfo], size: int, where: str, remedy: str, packed: bool) -> None:
    def refuse(expected: str, got: str) -> ParamnetError:
        return ParamnetError(where, expected=expected, got=got, remedy=remedy)

    if not entries:
        raise refuse("an archive with members", "an empty one")
    names: set[str] = set()
    folder = entries[0].filename.partition("/")[0] + "/"
    for entry in entries:
        name = entry.filename
        if name in names:
            raise refuse("every member once", f"{name} twice")
        if not name.startswith(folder) or name == folder or name != entry.orig_filename:  # zipfile cuts a name at a zero byte
            raise refuse(f"all members in the folder {folder}", f"the member {entry.orig_filename!r}")
        if entry.flag_bits & 1:
            raise refuse("members without encryption", f"{name} encrypted")
        if entry.compress_type != zipfile.ZIP_STORED and not (packed and entry.compress_type == zipfile.ZIP_DEFLATED):
            raise refuse("members without compression", f"{name} compressed")
        if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
            raise refuse("one size per member", f"{entry.compress_size} and {entry.file_size} bytes for {name}")
        names.add(name)
    stored = sum(entry.compress_size for entry in entries)
    if stored > size:
        raise refuse(f"members within the {size} bytes of the file", f"members of {stored} bytes, which overlap or extend beyond it")
    unpacked = sum(entry.file_size for entry in entries if entry.compress_type != zipfile.ZIP_STORED)
    if unpacked > MOST_UNPACKED:
        raise refuse(f"at most {MOST_UNPACKED} bytes of compressed code", f"{unpacked} bytes")


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str, remedy: str) -> bytes:
    with opened.open(entry) as stream:
        content = stream.read(entry.file_size + 1)  # at most the listed size, plus one to detect more; the checksum is compared at the end
    if len(content) != entry.file_size:
        raise ParamnetError(where, expected=f"{entry.file_size} bytes in {entry.filename}", got=f"{len(content)}", remedy=remedy)
    return content
