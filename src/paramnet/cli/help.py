"""``paramnet COMMAND --help``: what the command takes, each key with its default and its comment."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from paramnet.cli.keys import Key, conf_folders, experiments_of, find, groups_of, keys_of, options_of, read

_HOST_KEYS = ("build", "ranks", "rank_independent")  # what `host` takes of the configuration of `online`
_NOT_LISTED = ("paths", "stages", "measures", "summary")  # the last three are a pipeline's: read in its file
WORDS = {"adapter": "new NAME"}  # that a command takes before its keys: a verb, and a value without its key
_NAMES, _DEFAULTS = 30, 26  # widths of columns
_OPTIONS = (
    ("GROUP=NAME --help", "show the keys of that choice"),
    ("--cfg job", "print the complete configuration and run nothing"),
    ("--config-dir DIR", "look for YAML files in DIR first: DIR/experiment/mine.yaml, then experiment=mine"),
)


def help_of(command: str, summary: str, arguments: list[str]) -> str:
    """The help of a command that Hydra configures; ``arguments`` may choose groups and name a folder of the user's own."""
    folders = conf_folders(_own_folder(arguments))
    groups = {name: option for name, option in groups_shown(command).items() if name != "paths"}
    given = dict(argument.split("=", 1) for argument in arguments if "=" in argument and not argument.startswith("-"))
    given = {name: option for name, option in given.items() if option != "null" or groups.get(name, "") is not None}
    for name in groups:
        if given.get(name) and find(name, given[name], folders) is None:
            from paramnet.contract import ParamnetError  # with NumPy, which help itself does not need

            raise ParamnetError(name, expected=f"one of {', '.join(options_of(name, folders))}", got=given[name])
    parts = [f"paramnet {command}: {summary}", about(command)]
    parts.append(f"usage: {usage_of(command)}" + (" [GROUP=NAME ...]" if groups else ""))
    if groups:
        choices = {name: _choices(command, name, given.get(name, option), folders) for name, option in groups.items()}
        rows = [f"  {name:<12}{names}" for name, names in choices.items() if names]
        parts.append("groups of settings (*: the choice)\n" + "\n".join(rows))
    keys = keys_shown(command, {name: choice for name, choice in given.items() if name in groups}, folders)
    parts.append("keys and their defaults\n" + "\n".join(_table([key for key in keys if key.name.partition(".")[0] not in _NOT_LISTED])))
    parts.append("options\n" + "\n".join(f"  {option:<20}{meaning}" for option, meaning in _OPTIONS if groups or option.startswith("--")))
    return "\n\n".join(part for part in parts if part)


def usage_of(command: str) -> str:
    """The form of a command line with keys."""
    return " ".join(["paramnet", command, *WORDS.get(command, "").split(), "[KEY=VALUE ...]"])


def about(command: str) -> str:
    """What the command's own file says of it."""
    own = read(conf_folders()[-1] / f"{command}.yaml", "") if command != "host" else None
    return (own.help_text.rstrip() or own.heading) if own else ""


def groups_shown(command: str) -> dict[str, str | None]:
    """The groups that a command chooses from, and the option of each that it takes unasked (None: none)."""
    return {} if command == "host" else groups_of(command)


def keys_shown(command: str, choices: Mapping[str, str] | None = None, folders: tuple[Path, ...] = ()) -> list[Key]:
    """The keys of a command that can be set, those of its own file first."""
    config = "online" if command == "host" else command
    own = {key.name for key in read(conf_folders()[-1] / f"{config}.yaml", "").keys}
    shown = [key for key in keys_of(config, choices, folders).values() if not key.is_table]
    if command == "host":
        shown = [key for key in shown if key.name in _HOST_KEYS]
    return sorted(shown, key=lambda key: key.name not in own)


def options_shown(command: str, group: str, folders: tuple[Path, ...] = ()) -> list[str]:
    """The names that ``GROUP=NAME`` takes with this command."""
    return experiments_of(command, folders) if group == "experiment" else options_of(group, folders)


def _own_folder(arguments: list[str]) -> str:
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            return value if equals else "".join(arguments[place + 1 : place + 2])
    return ""


def _choices(command: str, group: str, choice: str | None, folders: tuple[Path, ...]) -> str:
    names = options_shown(command, group, folders)
    if not names:
        return ""
    text = "  ".join(f"*{name}" if name == choice else name for name in names) + ("" if choice else "  (none)")
    return textwrap.fill(text, _width() - 14, subsequent_indent=" " * 14, break_on_hyphens=False)


def _table(keys: list[Key]) -> Iterator[str]:
    """Name, default and comment of each key; a comment that several share, once."""
    left, before = 2 + _NAMES + _DEFAULTS, ""
    for key in keys:
        default = {"???": "required", "null": "none"}.get(key.default, key.default)
        start = f"  {key.name:<{_NAMES}}{default if len(default) <= 60 else default[:59] + '…'}"
        comment = [] if key.comment == before else textwrap.wrap(key.comment, _width() - left, break_on_hyphens=False)
        before = key.comment
        if len(key.name) >= _NAMES:
            start = f"  {key.name} {default}"
        yield start if not comment or len(start) >= left - 1 else f"{start:<{left}}{comment.pop(0)}"
        yield from (" " * left + line for line in comment)


def _width() -> int:
    return max(100, min(shutil.get_terminal_size((120, 24)).columns, 160))
