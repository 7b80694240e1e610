"""Check the options that a scheduler reads from a script's comments: it may ignore a misspelt one, or refuse it hours later."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import resources

from paramnet.contract import ParamnetError
from paramnet.execution.quoting import words_of

PREFIXES = {"slurm": "#SBATCH", "pbs": "#PBS", "flux": "#flux:"}
_PBS_LETTERS = set("aAcCeEfGhIjJklLmMNopPqrRSuvVWXzZ")


def directives_of(kind: str, script: str) -> list[str]:
    """The options that a scheduler reads from a script, in order, without the prefix.

    Raises ParamnetError for an unknown option, and for one below the first command, where schedulers stop reading.
    """
    prefix, found, command = PREFIXES[kind], [], ""
    for number, line in enumerate(script.splitlines(), start=1):
        if line.startswith(prefix):
            option = line.removeprefix(prefix).strip()
            if command:
                raise ParamnetError(
                    "job script",
                    expected=f"{prefix} lines above the first command {command!r}",
                    got=repr(line),
                    where=f"line {number}",
                    remedy="move the line up (batch.template)",
                )
            _require_known(kind, option, number)
            found.append(option)
        elif line.strip() and not line.startswith("#"):
            command = command or line
    return found


@cache
def _options(kind: str) -> list[str]:
    """Long options of sbatch(1), SLURM 22 to 25, or of flux-batch(1); short ones are not checked."""
    return (resources.files("paramnet.execution.batch") / "templates" / f"{kind}_options.txt").read_text().split()


def _require_known(kind: str, option: str, number: int) -> None:
    """Require that every word of a directive is a known option, or the value of the option before it."""
    try:
        words = words_of(kind, option)
    except ValueError as error:
        raise ParamnetError(
            "job script",
            expected="closed quotes",
            got=f"{option!r} ({error})",
            where=f"line {number}",
            remedy="close them (batch.directives)",
        ) from error
    bare = False  # True if the previous word is an option whose value may follow as the next word
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
    """Return True if an option of SLURM or Flux has no value in this word. Raises ParamnetError for an unknown option."""
    if not word.startswith("--") and len(word) > 1:
        return len(word) == 2  # a short option
    if word.removeprefix("--").partition("=")[0] not in _options(kind):
        _refuse_option(kind, word, number)
    return "=" not in word


def _refuse_word(kind: str, option: str, word: str, number: int) -> None:
    if kind == "pbs" and option.split()[:1] in ([], [word]):
        expected = "an option of qsub such as '-l place=scatter'"
        raise ParamnetError("job script", expected=expected, got=repr(option), where=f"line {number}", remedy="fix batch.directives")
    if option.split()[:1] in ([], [word]):
        _refuse_option(kind, option, number)
    raise ParamnetError(
        "job script",
        expected=f"options of {kind}, each with one value",
        got=f"the word {word!r} in {option!r}",
        where=f"line {number}",
        remedy="put quotes around a value with blanks (batch.directives, batch.template)",
    )


def _refuse_option(kind: str, option: str, number: int) -> None:
    near = difflib.get_close_matches(option.removeprefix("--").partition("=")[0], _options(kind), n=1)
    remedy = f"did you mean --{near[0]}?" if near else "see its manual, and write --name=value"
    raise ParamnetError(
        "job script",
        expected=f"an option of {kind}",
        got=repr(option),
        where=f"line {number}",
        remedy=f"{remedy} (batch.directives)",
    )
