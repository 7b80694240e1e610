"""Mutated schemes, archives, TorchScript and contracts through the Python readers, for a given time.

usage: python tests/fuzz/fuzz_readers.py [--seconds 600] [--seed 0] [--bridge]

Every file must be read or end in a ParamnetError; anything else is a finding, printed with the seed's number and kept in
``build/fuzz_readers``. With --bridge, archives are also given to the compiled bridge (native backend): what it refuses as an
archive, Python must refuse.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.mutations import changed, changed_archive, changed_scheme, packed
from paramnet.contract import Contract, ParamnetError, parse_json
from paramnet.exporting.archive import MANIFEST, members_of, read_archive
from paramnet.exporting.artefact import program_of
from paramnet.exporting.screening import require_harmless
from paramnet.inspection import inspect

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = REPOSITORY / "fortran_bridge" / "library" / "tests" / "fuzz" / "corpus" / "seed_scheme.pt"
SLOW = 5.0  # seconds


def inspect_file(path: Path) -> None:
    json.dumps(inspect(path).to_plain(), default=str)


def screen_changed_code(members: dict[str, bytes], rng: random.Random) -> None:
    """TorchScript's own members with bytes changed."""
    name = rng.choice([name for name in members if name.endswith(("py", "pkl"))])
    content = bytearray(members[name])
    for _ in range(rng.randint(1, 8)):
        if content:
            place = rng.randrange(len(content))
            content[place : place + rng.randint(0, 3)] = rng.choice(
                [b"", b"\0", b"\xff", b'"', b"(", b"getattr(", b".save", b"ops.", b"c", b"X"]
            )
    require_harmless({**members, name: bytes(content)}, "fuzz")


def read_changed_contract(contract: dict[str, object], rng: random.Random) -> None:
    table, _ = changed(contract, rng)
    Contract.from_dict(table, "fuzz")


def read_changed_text(text: bytes, rng: random.Random) -> None:
    """The manifest's text with bytes changed."""
    content = bytearray(text)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(content))
        content[place : place + rng.randint(0, 3)] = rng.choice(
            [b"", b"[" * rng.choice([1, 70, 100_000]), b"NaN", b"1e999", b"\xff", b'"', b"{", b"9" * 5000]
        )
    parse_json(bytes(content), "fuzz")


class Campaign:
    def __init__(self, folder: Path, with_bridge: bool) -> None:
        self.members = members_of(SEED.read_bytes())
        self.torchscript = {name: content for name, content in self.members.items() if not name.startswith("extra/")}
        self.manifest = self.members[MANIFEST]
        self.contract = json.loads(self.manifest)["contract"]
        self.folder, self.with_bridge = folder, with_bridge
        self.counts: collections.Counter[str] = collections.Counter()
        self.findings = 0

    def once(self, number: int, rng: random.Random) -> None:
        path = self.folder / "mutated.pt"
        kind = rng.choices(["scheme", "archive", "code", "contract", "text"], [5, 3, 3, 2, 1])[0]
        what, action = kind, self._in_memory(kind, rng)
        if kind in ("scheme", "archive"):
            content, what = changed_scheme(self.members, rng) if kind == "scheme" else changed_archive(packed(self.members), rng)
            path.write_bytes(content)
            action = lambda: self._file(path)  # noqa: E731
        began = time.monotonic()
        try:
            action()
            self.counts[f"{kind}: read"] += 1
        except ParamnetError:
            self.counts[f"{kind}: refused"] += 1
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self._found(number, kind, what, path, traceback.format_exc())
        if time.monotonic() - began > SLOW:
            self._found(number, kind, what, path, f"{time.monotonic() - began:.0f} s")

    def _in_memory(self, kind: str, rng: random.Random) -> Callable[[], None]:
        return {
            "code": lambda: screen_changed_code(self.torchscript, rng),
            "contract": lambda: read_changed_contract(self.contract, rng),
            "text": lambda: read_changed_text(self.manifest, rng),
        }.get(kind, lambda: None)

    def _file(self, path: Path) -> None:
        inspect_file(path)
        members, _ = read_archive(path)
        program_of(members, str(path))
        if self.with_bridge:
            self._compare(path)

    def _compare(self, path: Path) -> None:
        """A file that Python reads: the bridge must not find its archive damaged."""
        from paramnet.bridge import BridgeError, Scheme

        try:
            Scheme(path, backend="native")
        except BridgeError as error:
            if "archive" in str(error) or "member" in str(error) or "JSON" in str(error):
                raise AssertionError(f"read here, refused there: {error}") from error

    def _found(self, number: int, kind: str, what: str, path: Path, words: str) -> None:
        self.findings += 1
        self.counts[f"{kind}: FINDING"] += 1
        if kind in ("scheme", "archive"):
            path.replace(self.folder / f"finding_{number}.pt")
        print(f"finding {number} ({kind}: {what})\n{words}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bridge", action="store_true")
    arguments = parser.parse_args()
    folder = REPOSITORY / "build" / "fuzz_readers"
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(folder, arguments.bridge)
    end, number = time.monotonic() + arguments.seconds, 0
    while time.monotonic() < end:
        campaign.once(number, random.Random(f"{arguments.seed}-{number}"))
        number += 1
    for name, count in sorted(campaign.counts.items()):
        print(f"{count:9d} {name}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{number} files, {campaign.findings} findings, peak {peak} MB")
    return 1 if campaign.findings else 0


if __name__ == "__main__":
    sys.exit(main())
