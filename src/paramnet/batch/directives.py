"""Options a scheduler reads from a script's comments: a misspelt one would be ignored, or refused after hours in a queue."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import resources

from paramnet.contract import ParamnetError

PREFIXES = {"slurm": "#SBATCH", "pbs": "#PBS", "flux": "#flux:"}
_PBS_LETTERS = set("aAcCeEfGhIjJklLmMNopPqrRSuvVWXzZ")


def directives_of(kind: str, script: str) -> list[str]:
    """The options a scheduler would read from a script, in order, each as written after its prefix.

    Raises ParamnetError for an option the scheduler does not know, and for one below the first command, where it is not
    read any more.
    """
    prefix, found, command = PREFIXES[kind], [], ""
    for number, line in enumerate(script.splitlines(), start=1):
        if line.startswith(prefix):
            option = line.removeprefix(prefix).strip()
            if command:
                raise ParamnetError(f"job script, line {number}: expected {prefix} lines above the first command {command!r}, got {line!r}")
            _require_known(kind, option, number)
            found.append(option)
        elif line.strip() and not line.startswith("#"):
            command = command or line
    return found


@cache
def _options(kind: str) -> list[str]:
    """Long options of sbatch(1), SLURM 22 to 25, or of flux-batch(1); short ones are left to people."""
    return (resources.files("paramnet.batch") / "templates" / f"{kind}_options.txt").read_text().split()


def _require_known(kind: str, option: str, number: int) -> None:
    if kind == "pbs":
        if not (re.match(r"-[A-Za-z](\s+\S|$)", option) and option[1] in _PBS_LETTERS):
            raise ParamnetError(f"job script, line {number}: expected an option of qsub such as '-l place=scatter', got {option!r}")
        return
    known = _options(kind)
    if re.match(r"-[A-Za-z]( ?[^\s=-].*)?$", option):
        return
    name = re.match(r"--([a-z][a-z-]*)(?:[= ].+)?$", option)
    if not name or name[1] not in known:
        near = difflib.get_close_matches(name[1] if name else option, known, n=1)
        advice = f"did you mean --{near[0]}?" if near else "see its manual, and write it as --name=value"
        raise ParamnetError(f"job script, line {number}: {option!r} is no option of {kind}: {advice} (batch.directives)")
