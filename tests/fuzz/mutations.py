"""Files nobody vouches for, made from a valid scheme.pt: one thing changed, hashes made to agree."""

from __future__ import annotations

import copy
import io
import json
import random
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from paramnet.exporting.archive import MANIFEST, PROGRAM, WEIGHTS, listing, write_zip

Members = dict[str, bytes]
VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 7, 64, 2**31, 2**53, 2**63, -(2**63), 10**30, 0.5, -1e308, 1e-320, 1e308),
    *("", "x" * 50, "float32", "NaN", "\ud800", "\x1b]0;title\x07", "‮abc", "../../etc/passwd", "__class__"),
    *([], {}, [[]], [1, [2]], {"a": 1}, [None], ["x"], {"value": 0}, {"constant": 0}, {"op": "leaky_relu", "slope": 0.3}),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything in a JSON document; of long lists only the first, middle and last."""
    if path:
        yield path
    keys: list[Any] = list(node) if isinstance(node, dict) else []
    if isinstance(node, list) and node:
        keys = sorted({0, 1 % len(node), len(node) // 2, len(node) - 1})
    for key in keys:
        yield from places(node[key], (*path, key))


def changed(document: Any, rng: random.Random) -> tuple[Any, tuple[Any, ...]]:
    """A copy of a JSON document with one value replaced, removed, doubled or moved, and where."""
    document = copy.deepcopy(document)
    path = rng.choice(list(places(document)))
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    way = rng.random()
    if way < 0.2:
        del parent[path[-1]]
    elif way < 0.3 and isinstance(parent, dict):
        parent[str(rng.choice(VALUES[17:26]))] = parent.pop(path[-1])
    elif way < 0.4 and isinstance(parent, list):
        parent.insert(path[-1], copy.deepcopy(rng.choice(parent)))
    else:
        parent[path[-1]] = copy.deepcopy(rng.choice(VALUES))
    return document, path


def packed(members: Members) -> bytes:
    buffer = io.BytesIO()
    write_zip(buffer, members)
    return buffer.getvalue()


def with_agreeing_hashes(members: Members, manifest: Any) -> bytes:
    """The archive; its manifest lists the members as they are, where it lists any."""
    if isinstance(manifest, dict) and isinstance(manifest.get("members"), dict):
        manifest = manifest | {"members": listing(members)}
    return packed({**members, MANIFEST: json.dumps(manifest).encode()})


def changed_scheme(members: Members, rng: random.Random) -> tuple[bytes, str]:
    """A scheme with one value of manifest, program or weights changed, and what was."""
    rest = {name: content for name, content in members.items() if name != MANIFEST}
    manifest = json.loads(members[MANIFEST])
    target = rng.choice(["manifest", "manifest", "program", "program", "weights"])
    if target == "manifest":
        edited, path = changed(manifest, rng)
        if path[0] == "members":  # the list itself is what was changed
            return packed({**rest, MANIFEST: json.dumps(edited).encode()}), f"manifest {path}"
        return with_agreeing_hashes(rest, edited), f"manifest {path}"
    if target == "program":
        program, path = changed(json.loads(rest[PROGRAM]), rng)
        return with_agreeing_hashes({**rest, PROGRAM: json.dumps(program).encode()}, manifest), f"program {path}"
    weights = bytearray(rest[WEIGHTS])
    start = rng.randrange(len(weights))
    weights[start : start + 4] = rng.choice([b"\xff\xff\xff\x7f", b"", b"\0" * 4, b"\0\0\x80\xff", bytes(1 << 12)])
    return with_agreeing_hashes({**rest, WEIGHTS: bytes(weights)}, manifest), f"weights {start}"


def changed_archive(archive: bytes, rng: random.Random) -> tuple[bytes, str]:
    """An archive whose bytes or structure were changed."""
    way = rng.choice(["bytes", "cut", "insert", "twice", "deflated", "comment", "name", "folder"])
    content = bytearray(archive)
    if way == "bytes":
        for _ in range(rng.randint(1, 4)):
            # half of them in the directory at the end, where the structure is
            start = len(content) - 3000 if rng.random() < 0.5 else 0
            content[rng.randrange(max(start, 0), len(content))] = rng.randrange(256)
    elif way == "cut":
        start = rng.randrange(len(content))
        del content[start : start + rng.choice([1, 22, 64, 1000, len(content)])]
    elif way == "insert":
        place = rng.choice([0, len(content), rng.randrange(len(content))])
        content[place:place] = bytes(rng.randrange(256) for _ in range(rng.choice([1, 22, 64])))
    else:
        return _repacked(archive, way, rng), way
    return bytes(content), way


def _repacked(archive: bytes, way: str, rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        entries = [(entry.filename, opened.read(entry)) for entry in opened.infolist()]
    chosen = rng.randrange(len(entries))
    name, content = entries[chosen]
    if way == "twice":
        entries.insert(rng.randrange(len(entries)), (name, content[::-1]))
    elif way == "name":
        odd = rng.choice(["archive", "archive/", "archive/../x", "/etc/passwd", "ARCHIVE/data.pkl", "archive/\x1b[2J"])
        entries[chosen] = (odd, content)
    elif way == "folder":
        entries[chosen] = (f"other/{name.partition('/')[2]}", content)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for index, (entry, data) in enumerate(entries):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                deflate = way == "deflated" and index == chosen
                written.writestr(entry, data, zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED)
        if way == "comment":
            written.comment = rng.choice([b"x", b"PK\5\6" + bytes(18), bytes(1000)])
    return buffer.getvalue()
