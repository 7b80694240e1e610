"""Hashes of files, of plain values, and of the code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of(values: Any) -> str:
    """Return the SHA-256 of plain values, as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def code_digest(*packages: str) -> str:
    """Return the SHA-256 of paramnet's modules, or of those in some of its packages. A change is detected without git."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(path for package in packages or ("",) for path in (root / package).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
