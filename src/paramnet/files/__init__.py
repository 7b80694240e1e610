"""File handling for all commands: atomic writing, locks, hashes, and records of what an output folder was made from."""

from paramnet.files.atomic import put_in_place, replacing, sync, write_json, write_text
from paramnet.files.fingerprint import code_digest, digest_of, sha256_of
from paramnet.files.folder import require_writable_folder
from paramnet.files.identity import claim_identity, differences, flattened, listed
from paramnet.files.lock import locked
from paramnet.files.places import in_wheel, shipped
from paramnet.files.records import load_record, save_record, stored

__all__ = [
    "claim_identity",
    "code_digest",
    "differences",
    "digest_of",
    "flattened",
    "in_wheel",
    "listed",
    "load_record",
    "locked",
    "put_in_place",
    "replacing",
    "require_writable_folder",
    "save_record",
    "sha256_of",
    "shipped",
    "stored",
    "sync",
    "write_json",
    "write_text",
]
