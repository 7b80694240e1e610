"""Quote words in a scheduler's directives. Each scheduler has its own rules for splitting them."""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import Any

from paramnet.contract import ParamnetError

__all__ = ["require_printable"]

_PLAIN = re.compile(r"[\w@%+=:,./{}-]+", re.ASCII)
_SLURM_LONGEST = 4000  # bytes; sbatch stores a word in a buffer of 8192 bytes without a check


def require_printable(value: Any, key: str) -> None:
    """Refuse control characters in a setting, a list or a table of settings: one could end the line of the script."""
    if isinstance(value, dict):
        for name, item in value.items():
            require_printable(name, f"{key}, a name")
            require_printable(item, f"{key}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            require_printable(item, f"{key}[{index}]")
    elif isinstance(value, str):
        wrong = [letter for letter in value if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]
        if wrong:
            raise ParamnetError(
                key,
                expected="text on one line, without control characters",
                got=ascii(wrong[0]),
                where=ascii(value),
                remedy="remove it; write several lines as several items of a list",
            )


def quoted(kind: str, word: str, key: str) -> str:
    """``word``, quoted so that the scheduler ``kind`` reads exactly these characters; a plain word is unchanged.

    key : its setting, for the message. Raises ParamnetError if the scheduler cannot read the word with any quoting.
    """
    require_printable(word, key)
    if _PLAIN.fullmatch(word):
        return word
    if kind == "flux":
        return shlex.quote(word)
    if kind == "pbs":
        return _quoted_for_pbs(word, key)
    if len(word.encode()) > _SLURM_LONGEST:
        raise ParamnetError(key, expected=f"at most {_SLURM_LONGEST} bytes for sbatch", got=f"{len(word.encode())} bytes")
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'


def option(kind: str, name: str, value: str, key: str) -> str:
    """A directive's option with its value: ``--name=value``, or ``-n value`` for PBS."""
    return f"{name} {quoted(kind, value, key)}" if kind == "pbs" else f"{name}={quoted(kind, value, key)}"


def log_path(kind: str, folder: str, file: str, key: str) -> str:
    """Quoted path of the job's output. Patterns that the scheduler would expand in ``folder`` are escaped, or refused.

    file : name in that folder, with the scheduler's patterns; "": the scheduler's choice.
    """
    if kind == "slurm":
        # A backslash anywhere in the path disables all of sbatch's patterns.
        _refuse(kind, folder, "\\", key)
        folder = folder.replace("%", "%%")
    elif kind == "flux":
        _refuse(kind, folder, "{{", key)
    else:
        _refuse(kind, folder, ":", key)  # host:path
        _refuse(kind, folder, "^array_index^", key)
        _refuse(kind, folder, "$PBS_", key)
    return quoted(kind, f"{folder}/{file}", key)


def words_of(kind: str, text: str) -> list[str]:
    """The words that a scheduler reads from a directive. Raises ValueError for a quote that is not closed."""
    if kind == "flux":
        return shlex.split(text, comments=True)
    words, word, quote, position = [], None, "", 0
    while position < len(text):
        letter, position = text[position], position + 1
        if letter == "\\" and position < len(text) and (kind == "slurm" or not quote):
            word, position = (word or "") + text[position], position + 1
        elif quote and letter == quote:
            quote = ""
        elif not quote and letter in "\"'":
            word, quote = word or "", letter
        elif not quote and letter == "#" and kind == "slurm":
            break  # a comment
        elif not quote and letter.isspace():
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + letter
    if quote:
        raise ValueError(f"No closing quotation {quote}")
    return words + ([] if word is None else [word])


def _quoted_for_pbs(word: str, key: str) -> str:
    """qsub has no escape inside quotes, so a word with both kinds of quotes is written in pieces."""
    _refuse("pbs", word, "\\", key)  # qsub and the expansion of paths read it differently
    pieces = re.findall(r'[^"]+|"+', word)
    return "".join(f"'{piece}'" if piece[0] == '"' else f'"{piece}"' for piece in pieces) or '""'


def _refuse(kind: str, text: str, unwanted: str, key: str) -> None:
    if unwanted in text:
        raise ParamnetError(
            key, expected=f"a path that {kind} can write to", got=f"{unwanted!r}", where=repr(text), remedy=f"set {key} to another one"
        )
