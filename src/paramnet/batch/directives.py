"""Options a scheduler reads from a script's comments: a misspelt one would be ignored, or refused after hours in a queue."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import resources

from paramnet.contract import ParamnetError
from paramnet.schedulers import words_of

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
    """Every word of a directive is an option that the scheduler knows, or the value of the option before it."""
    try:
        words = words_of(kind, option)
    except ValueError as error:
        raise ParamnetError(f"job script, line {number}: expected closed quotes, got {option!r}: {error} (batch.directives)") from error
    bare = False  # whether the word before is an option that may have its value in the next one
    for word in words:
        if kind == "pbs" and re.fullmatch("-[A-Za-z]", word) and word[1] in _PBS_LETTERS:
            bare = True
        elif kind != "pbs" and word.startswith("-"):
            bare = _is_bare(kind, word, number)
        elif bare:
            bare = False
        else:
            _refuse_word(kind, option, word, number)
    if not words:
        _refuse_word(kind, option, "", number)


def _is_bare(kind: str, word: str, number: int) -> bool:
    """Whether an option of SLURM or Flux comes without its value; refuses one that is not known."""
    if not word.startswith("--") and len(word) > 1:
        return len(word) == 2  # a short option
    if word.removeprefix("--").partition("=")[0] not in _options(kind):
        _refuse_option(kind, word, number)
    return "=" not in word


def _refuse_word(kind: str, option: str, word: str, number: int) -> None:
    if kind == "pbs" and option.split()[:1] in ([], [word]):
        raise ParamnetError(f"job script, line {number}: expected an option of qsub such as '-l place=scatter', got {option!r}")
    if option.split()[:1] in ([], [word]):
        _refuse_option(kind, option, number)
    raise ParamnetError(
        f"job script, line {number}",
        expected=f"options of {kind}, each with one value",
        got=f"the word {word!r}",
        where=repr(option),
        remedy="put quotes around a value with blanks (batch.directives, batch.template)",
    )


def _refuse_option(kind: str, option: str, number: int) -> None:
    near = difflib.get_close_matches(option.removeprefix("--").partition("=")[0], _options(kind), n=1)
    advice = f"did you mean --{near[0]}?" if near else "see its manual, and write it as --name=value"
    raise ParamnetError(f"job script, line {number}: {option!r} is no option of {kind}: {advice} (batch.directives)")
