"""Takes each check of table.yaml out of the library, one at a time, and demands that the tests named with it fail then.

    python fortran_bridge/library/tests/mutations/run.py [--only WORDS] [build/mutations]

Works on a copy of the sources in the build folder. Exit status 1 when a check is missed by its test, or when the table
no longer fits the sources.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from paramnet.bridge.build import BuildConfig, build

BRIDGE = Path(__file__).resolve().parents[3]
SECONDS = 120  # a test that hangs without its check counts as failed


@dataclass(frozen=True)
class Mutation:
    """`text` of `file` becomes `becomes`, and each pair of `also` likewise: then every one of `tests` must fail."""

    case: str
    file: str
    text: str
    becomes: str
    tests: list[str]
    also: dict[str, str] = field(default_factory=dict)

    def applied(self, source: str) -> str:
        """The source without the check; SystemExit where a text does not stand in it exactly once."""
        for text, becomes in {self.text: self.becomes, **self.also}.items():
            if source.count(text) != 1:
                raise SystemExit(f"{self.file}: {self.case}: expected {text!r} once, found it {source.count(text)} times; fix table.yaml")
            source = source.replace(text, becomes)
        return source


def copied_sources(folder: Path) -> Path:
    """A copy of the bridge next to links to what it takes from the checkout.

    A file that differs is written anew, with the time of now: what was compiled of it without its check must not stay.
    """
    target = folder / "sources" / BRIDGE.name
    for source in BRIDGE.rglob("*"):
        copy = target / source.relative_to(BRIDGE)
        if source.is_file() and not (copy.is_file() and copy.read_bytes() == source.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    for name in ("src", "LICENSE"):
        link = target.parent / name
        if not link.exists():
            link.symlink_to(BRIDGE.parent / name)
    return target


def failing(tests: list[str], folder: Path) -> set[str]:
    """Those of the tests that do not pass."""
    failed = set()
    for name in tests:
        command = ["ctest", "--test-dir", folder, "-R", f"^{name}$", "-FS", "schemes", "--no-tests=error", "--timeout", SECONDS]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            failed.add(name)
    return failed


def missed(mutation: Mutation, sources: Path, folder: Path) -> set[str]:
    """The tests that pass without the check."""
    path = sources / "library" / mutation.file
    honest = path.read_text()
    path.write_text(mutation.applied(honest))
    try:
        done = subprocess.run(["cmake", "--build", str(folder), "-j"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{mutation.file}: {mutation.case}: does not compile without its check\n{done.stdout[-3000:]}")
        return set(mutation.tests) - failing(mutation.tests, folder)
    finally:
        path.write_text(honest)


def main() -> int:
    """Builds, sees every test pass, then goes through the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BRIDGE.parent / "build" / "mutations")
    parser.add_argument("--only", default="", help="only cases with these words")
    arguments = parser.parse_args()
    table = [Mutation(**entry) for entry in yaml.safe_load((Path(__file__).parent / "table.yaml").read_text())]
    chosen = [mutation for mutation in table if arguments.only in mutation.case]
    os.environ["PARAMNET_LOG"] = "0"
    sources, folder = copied_sources(arguments.folder), arguments.folder / "build"
    for mutation in table:
        mutation.applied((sources / "library" / mutation.file).read_text())
    with tempfile.TemporaryDirectory() as prefix:
        build(BuildConfig(source=sources, build_folder=folder, prefix=Path(prefix), python=False))
    # Programs need not be relinked after a change of libparamnet.
    subprocess.run(["cmake", "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON", folder], check=True, stdout=subprocess.DEVNULL)
    if not (folder / "library/tests/data/identity.pt").is_file():
        subprocess.run(["ctest", "--test-dir", str(folder), "-R", "^schemes$"], check=True, stdout=subprocess.DEVNULL)
    if broken := failing(sorted({test for mutation in chosen for test in mutation.tests}), folder):
        raise SystemExit(f"expected every test to pass with its checks, failing: {', '.join(sorted(broken))}")
    survivors = 0
    for mutation in chosen:
        unnoticed = missed(mutation, sources, folder)
        survivors += bool(unnoticed)
        print(f"{'MISSED by ' + ', '.join(sorted(unnoticed)) if unnoticed else 'noticed'}: {mutation.case} ({mutation.file})", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} checks have a test that fails without them")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
