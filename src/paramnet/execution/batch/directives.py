"""Check the options that a scheduler reads from a script's comments: it ignores those below the first command.

An option that it does not know it refuses when the job is submitted.
"""

from __future__ import annotations

from paramnet.contract import ParamnetError
from paramnet.execution.quoting import words_of

PREFIXES = {"slurm": "#SBATCH", "pbs": "#PBS", "flux": "#flux:"}
_EXAMPLES = {"slurm": "--constraint=cpu", "pbs": "-l place=scatter", "flux": "--urgency=20"}


def directives_of(kind: str, script: str) -> list[str]:
    """The options that a scheduler reads from a script, in order, without the prefix.

    Raises ParamnetError for one below the first command, where schedulers stop reading, and for words that are no options.
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
            _require_options(kind, option, number)
            found.append(option)
        elif line.strip() and not line.startswith("#"):
            command = command or line
    return found


def _require_options(kind: str, directive: str, number: int) -> None:
    """Require that every word of a directive is an option, or the value of the option before it."""
    try:
        words = words_of(kind, directive)
    except ValueError as error:
        raise ParamnetError(
            "job script",
            expected="closed quotes",
            got=f"{directive!r} ({error})",
            where=f"line {number}",
            remedy="close them (batch.directives)",
        ) from error
    if not words or not words[0].startswith("-"):
        raise ParamnetError(
            "job script",
            expected=f"an option of {kind} such as '{_EXAMPLES[kind]}'",
            got=repr(directive),
            where=f"line {number}",
            remedy="fix batch.directives",
        )
    bare = False  # True if the previous word is an option whose value may follow as the next word
    for word in words:
        if word.startswith("-") and len(word) > 1:
            bare = len(word) == 2 or (word.startswith("--") and "=" not in word)
        elif bare:
            bare = False
        else:
            raise ParamnetError(
                "job script",
                expected=f"options of {kind}, each with one value",
                got=f"the word {word!r} in {directive!r}",
                where=f"line {number}",
                remedy="put quotes around a value with blanks (batch.directives, batch.template)",
            )
