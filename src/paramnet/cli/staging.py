"""A sequence of commands of the command line, each timed and recorded, none repeated whose command and inputs are the same."""

from __future__ import annotations

import hashlib
import json
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from paramnet.cli.config import composed, own_folders
from paramnet.cli.stages import STAGES
from paramnet.files import locked, require_writable_folder, sha256_of, write_json
from paramnet.reporting.table import console as make_console

console = make_console()


@dataclass(frozen=True)
class Stage:
    """One step: a command of the command line with its overrides, and why it is there.

    inputs : files whose content the step depends on beyond the steps before it; one that changes is a reason to repeat it.
    outputs : files it leaves; one that is missing is a reason too.
    days, samples, takes : see ``StageConfig``.
    """

    name: str
    explanation: str
    command: str
    overrides: tuple[str, ...]
    inputs: tuple[Path, ...] = ()
    outputs: tuple[Path, ...] = ()
    days: float = 0.0
    samples: float = 0.0
    takes: Mapping[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """What a user would type."""
        return shlex.join(["paramnet", self.command, *(f"--config-dir={folder}" for folder in own_folders()), *self.overrides])


def run_stages(stages: list[Stage], folder: Path, minutes: Mapping[str, float] | None = None) -> dict[str, float]:
    """Run what is missing and return the seconds each took, now or when it was done before; ``folder`` keeps the record.

    minutes : expected for each stage; what is left is printed. Raises ParamnetError where another process is at work there.
    """
    seconds: dict[str, float] = {}
    chain = ""
    with locked(require_writable_folder(folder, "output") / ".lock", f"stages below {folder.parent}"):
        for number, stage in enumerate(stages, start=1):
            chain = hashlib.sha256(f"{chain}{stage.line}".encode()).hexdigest()
            console.rule(f"[bold]{number}/{len(stages)}  {stage.name}", align="left")
            console.print(f"{stage.explanation}.\n[dim]$ {stage.line}[/dim]", highlight=False, soft_wrap=True)
            if left := sum((minutes or {}).get(later.name, 0.0) for later in stages[number - 1 :]):
                console.print(f"[dim]expected to the end: {left:.0f} min[/dim]", highlight=False)
            seconds[stage.name] = _run_once(stage, chain, folder)
    return seconds


def _run_once(stage: Stage, chain: str, folder: Path) -> float:
    """Seconds the stage took; done before means with this command, after these stages, on these inputs."""
    marker = folder / f"{stage.name}.json"
    inputs = {str(path): digest(path) for path in stage.inputs}
    before = _record(marker)
    if before.get("chain") == chain and before.get("inputs", {}) == inputs and all(path.exists() for path in stage.outputs):
        console.print(f"done before in {before['seconds']:.0f} s, reused")
        return float(before["seconds"])
    start = time.monotonic()
    STAGES[stage.command](compose_command(stage.command, stage.overrides))
    took = time.monotonic() - start
    write_json(marker, {"chain": chain, "seconds": took, "line": stage.line, "inputs": inputs})
    console.print(f"{took:.0f} s")
    return took


def _record(marker: Path) -> dict[str, Any]:
    """What was noted when the stage was done; empty where it was not, or the note is damaged."""
    with suppress(OSError, ValueError):
        record: dict[str, Any] = json.loads(marker.read_text(encoding="utf-8"))
        return record if isinstance(record, dict) and isinstance(record.get("seconds"), (int, float)) else {}
    return {}


def digest(path: Path) -> str:
    """SHA-256 of a file's content; empty where there is none."""
    return sha256_of(path) if path.is_file() else ""


def compose_command(command: str, overrides: tuple[str, ...]) -> DictConfig:
    """The configuration a command would see (``host`` shares that of ``online``)."""
    return composed("online" if command == "host" else command, list(overrides), folders=own_folders())
