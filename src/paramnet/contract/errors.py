"""The errors a user of paramnet meets."""

from __future__ import annotations


def visible(text: str) -> str:
    """Text from a file as it may be sent to a terminal: control and invisible characters as escapes, new lines as they are.

    A name, unit or note in a file could otherwise move the cursor, hide what was printed or set the window's title.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t\u00a0" else c.encode("unicode_escape").decode() for c in text)


class ParamnetError(ValueError):
    """Bad input, a folder in use, a file that cannot be read: anything that the user can put right.

    what : the key, variable or file that the error is about, or the complete message where no field is given.
    expected, got : what should have been there and what was.
    where : the file, folder, line or column in which it was found.
    remedy : what to do about it.

    The message is ``what: expected …, got … in where; remedy``, with the parts that are given. Tests compare the fields.
    """

    def __init__(self, what: str, *, expected: str = "", got: str = "", where: str = "", remedy: str = "") -> None:
        self.what, self.expected, self.got, self.where, self.remedy = what, expected, got, where, remedy
        facts = ", ".join([f"expected {expected}"] * bool(expected) + [f"got {got}"] * bool(got))
        message = ": ".join(part for part in (what, facts) if part) + (f" in {where}" if where else "")
        super().__init__(visible("; ".join(part for part in (message, remedy) if part)))


class ContractMismatch(ParamnetError):
    """Two contracts that must be the same differ; the message names the first difference."""
