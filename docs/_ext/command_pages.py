"""Pages of the command line: each command with its keys, each group with its options, read as ``paramnet COMMAND --help`` does."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from importlib import import_module

from page_text import block, code, page, table, text
from paramnet.cli.conf_file import Key, read
from paramnet.cli.help import about, groups_shown, keys_shown, options_shown, usage_of
from paramnet.cli.keys import conf_folders, find, keys_of_option, options_of
from paramnet.cli.main import COMMANDS

_DEFAULTS = {"???": "required", "null": "none"}
_OF_JOBS = "batch"  # its arguments are the command's that it runs and, from conf/batch.yaml, its own


def pages() -> dict[str, str]:
    """Markdown by name of the page: ``commands/train``, ``groups/trainer-schedule``."""
    return {f"commands/{name}": command_page(name) for name in COMMANDS} | {_file(group): group_page(group) for group in every_group()}


def every_group() -> list[str]:
    """Groups of every command, and the groups inside them (``trainer/schedule``)."""
    outer = {group for name in _with_keys() for group in groups_shown(name)}
    folder = conf_folders()[-1]
    inner = {path.parent.relative_to(folder).as_posix() for group in outer for path in (folder / group).rglob("*.yaml")}
    return sorted(outer | inner - {"model/base"})


def command_page(name: str) -> str:
    """What a command takes: its groups and its keys, or for a command without keys its help."""
    keys, usage = "", block(_printed_help(name))
    if name in _with_keys():
        keys = _groups(name) + "\n\n" + "## Keys\n\n" + key_table(keys_shown(name))
    if COMMANDS[name].configured:
        usage = block(about(name)) + "\n\n" + block(usage_of(name) + " [GROUP=NAME ...]" * bool(groups_shown(name)))
    return page(f"paramnet {name}", text(COMMANDS[name].summary) + ".", usage, keys)


def group_page(group: str) -> str:
    """Every option of a group with the keys that it brings."""
    users = [name for name in _with_keys() if group.partition("/")[0] in groups_shown(name)]
    takers = ", ".join(f"[{name}](../commands/{name}.md)" for name in users)
    options = [name for name in options_of(group) if name != "base"]
    parts = [f"`{group}=NAME`, a group of {takers}."]
    return page(f"Group {group}", *parts, *(_option(group, option) for option in options))


def key_table(keys: Iterable[Key]) -> str:
    """Name, default and comment of each key."""
    rows = ([code(key.name), _default(key.default), text(key.comment)] for key in keys if not key.is_table)
    return table(["key", "default", "meaning"], rows)


def _with_keys() -> list[str]:
    return [name for name, command in COMMANDS.items() if command.configured or name == _OF_JOBS]


def _file(group: str) -> str:
    return f"groups/{group.replace('/', '-')}"


def _default(written: str) -> str:
    return _DEFAULTS[written] if written in _DEFAULTS else code(written)


def _groups(command: str) -> str:
    rows = []
    for group, usual in groups_shown(command).items():
        names = [f"**{code(name)}**" if name == usual else code(name) for name in options_shown(command, group)]
        rows.append([f"[{code(group)}](../{_file(group)}.md)", ", ".join(names)])
    listed = table(["group", "choices (bold: without a choice)"], rows)
    return f"## Groups\n\n{listed}" if listed else ""


def _option(group: str, option: str) -> str:
    path = find(group, option)
    assert path is not None
    parts = [f"## {group}={option}", text(read(path, group).heading), key_table(keys_of_option(group, option).values())]
    return "\n\n".join(part for part in parts if part)


def _printed_help(name: str) -> str:
    """What a command prints that reads its arguments itself."""
    if COMMANDS[name].configured:
        return ""
    before, columns = sys.argv, os.environ.get("COLUMNS")
    sys.argv, os.environ["COLUMNS"] = [f"paramnet {name}", "--help"], "100"
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            import_module(COMMANDS[name].module).main(name)
    finally:
        sys.argv = before
        os.environ.pop("COLUMNS") if columns is None else os.environ.update(COLUMNS=columns)
    return printed.getvalue()
