"""Errors for users of paramnet."""

from __future__ import annotations

from paramnet import DISTRIBUTION


def visible(text: str) -> str:
    """Return text from a file in a form safe for a terminal: control and invisible characters escaped, newlines kept.

    A name, unit or note in a file could otherwise move the cursor, hide earlier output or set the window's title.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t\u00a0" else c.encode("unicode_escape").decode() for c in text)


class ParamnetError(ValueError):
    """Anything the user can fix: bad input, a folder in use, an unreadable file.

    what : the key, variable or file concerned, or the complete message where no other field is given.
    expected, got : the value required and the value found.
    where : the file, folder, line or column in which it was found.
    remedy : what to do, as an imperative.

    The message is ``what: expected …, got … in where; remedy``, with the fields that are given. Tests compare the fields.
    """

    def __init__(self, what: str, *, expected: str = "", got: str = "", where: str = "", remedy: str = "") -> None:
        self.what, self.expected, self.got, self.where, self.remedy = what, expected, got, where, remedy
        facts = ", ".join([f"expected {expected}"] * bool(expected) + [f"got {got}"] * bool(got))
        message = ": ".join(part for part in (what, facts) if part) + (f" in {where}" if where else "")
        super().__init__(visible("; ".join(part for part in (message, remedy) if part)))


class ContractMismatch(ParamnetError):
    """Two contracts that must be the same differ; ``what`` is the first difference."""


def install_extra(name: str) -> str:
    """The command that adds an extra of paramnet to this environment, for remedies."""
    return f"pip install '{DISTRIBUTION}[{name}]'"


def require(holds: bool, key: str, expected: str, got: object, remedy: str = "") -> None:
    """Raise ParamnetError for a configuration key unless ``holds``."""
    if not holds:
        raise ParamnetError(key, expected=expected, got=repr(got), remedy=remedy)
