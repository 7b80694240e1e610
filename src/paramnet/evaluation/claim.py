"""Lock an output folder, compare it with the evaluation in it, and move complete results into place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.evaluation.config import EvaluateConfig
from paramnet.files import code_digest, differences, listed, locked, put_in_place, require_writable_folder, sha256_of, write_json
from paramnet.store import Store

IDENTITY, RESULTS = "identity.json", ("skill.json", "skill.nc", "report.html")
PLACES = (  # identified by content, or without effect on the results
    *("checkpoint", "scheme", "trust", "output", "store", "linear_checkpoint", "members", "chunk", "overwrite", "input"),
)


@contextmanager
def claimed(config: EvaluateConfig, store: Store) -> Iterator[bool]:
    """Lock ``config.output``; yield True if it already has this evaluation.

    Raises ParamnetError if another process uses it, or if it has an evaluation of other settings, checkpoints or data and
    ``overwrite`` is not set.
    """
    output = require_writable_folder(Path(config.output), "output")
    with locked(output / "evaluate.lock", f"output {output}"):
        yield _settle(config, identity_of(config, store), output)


def identity_of(config: EvaluateConfig, store: Store) -> dict[str, Any]:
    """Settings, and hashes of checkpoints, store and code. Results of another version of the code are recomputed silently."""
    settings = {key: value for key, value in asdict(config).items() if key not in PLACES}
    checkpoints = {"checkpoint": config.checkpoint, "linear_checkpoint": config.linear_checkpoint}
    digests = {key: sha256_of(Path(path)) if path else "" for key, path in checkpoints.items()}
    digests |= {"scheme": sha256_of(Path(config.scheme))} if config.scheme else {}
    members = [sha256_of(Path(path)) for path in config.members]
    return {"settings": settings, **digests, "members": members, "store": store.content, "code": code_digest()}


def _settle(config: EvaluateConfig, identity: dict[str, Any], output: Path) -> bool:
    """Return True if the output is complete and of this identity."""
    path = output / IDENTITY
    if not path.is_file():
        return False  # no evaluation, or an unfinished one
    try:
        then = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        then = {}
    if then and not config.overwrite and (changed := differences(then, identity, ("code",))):
        raise ParamnetError(
            f"output {output}",
            expected="an evaluation with the same settings, checkpoints and data",
            got=f"another ({listed(changed)})",
            where=str(path),
            remedy="choose another output, or set overwrite=true to replace it",
        )
    return bool(then == identity) and all((output / name).is_file() for name in RESULTS)


@contextmanager
def results_in(output: Path, identity: dict[str, Any]) -> Iterator[Path]:
    """A temporary folder for the results, which replace the earlier ones when the block succeeds."""
    made = output / "results.partial"
    shutil.rmtree(made, ignore_errors=True)  # from an evaluation that was killed
    made.mkdir()
    try:
        yield made
        (output / IDENTITY).unlink(missing_ok=True)
        for name in ("figures", *RESULTS):
            put_in_place(made / name, output / name)
        write_json(output / IDENTITY, identity)
    finally:
        shutil.rmtree(made, ignore_errors=True)
