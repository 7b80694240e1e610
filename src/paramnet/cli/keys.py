"""The configuration keys of each command, with their defaults and comments, read from the YAML files of ``conf/``.

Hydra composes configurations that are run. It takes seconds to start, and knows no comments; help and spelling need neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from paramnet.cli.conf_file import Key, read

__all__ = ["every_key", "groups_of", "options_of"]

_SEVERAL = {"paths", "coupled", "experiment", "physics", "sweep"}  # groups that hold keys of several tables


@dataclass
class _Composition:
    """Keys of a command as they are collected; ``chosen`` maps groups to options, the command line's first."""

    folders: tuple[Path, ...]
    chosen: dict[str, str]
    keys: dict[str, Key] = field(default_factory=dict)

    def add(self, keys: tuple[Key, ...]) -> None:
        """Later files change defaults; a comment stays until another replaces it."""
        for key in keys:
            before = self.keys.get(key.name)
            comment = key.comment or (before.comment if before else "")
            self.keys[key.name] = Key(key.name, key.default, comment, key.is_table)

    def visit(self, group: str, option: str) -> None:
        """Add the keys of an option and of the options it names in its own defaults list."""
        found = find(group, option, self.folders)
        if found is None:
            return
        file = read(found, group)
        overrides, entries = _split(file.defaults, group)
        for name, choice in overrides.items():
            self.chosen.setdefault(name, choice)
        for entry in entries:
            if entry == "_self_":
                self.add(file.keys)
            elif isinstance(entry, str):
                self.visit(group, entry)
            else:
                for name, choice in _absolute(entry, group).items():
                    picked = self.chosen.get(name, choice)
                    if picked:
                        self.visit(name, str(picked))
        if "_self_" not in entries:
            self.add(file.keys)


def conf_folders(own: str = "") -> tuple[Path, ...]:
    """Where YAML files are looked for: the user's own folder (``--config-dir``), then the shipped one."""
    shipped = Path(str(resources.files("paramnet.conf")))
    return (Path(own), shipped) if own else (shipped,)


def groups_of(command: str) -> dict[str, str | None]:
    """The groups that a command chooses from, and the option of each that it takes unasked (None: none)."""
    file = read(conf_folders()[-1] / f"{command}.yaml", "")
    chosen: dict[str, str | None] = {}
    for entry in file.defaults:
        if isinstance(entry, dict):
            chosen |= {str(name).removeprefix("optional "): option for name, option in entry.items()}
    return {name: option for name, option in chosen.items() if name != "hydra"}


def options_of(group: str, folders: tuple[Path, ...] = ()) -> list[str]:
    """The names that ``GROUP=NAME`` takes."""
    return sorted({path.stem for folder in folders or conf_folders() for path in (folder / group).glob("*.yaml")})


def is_group(key: str, command: str) -> bool:
    """Return True for a group that a command chooses from, or one inside it: ``trainer``, ``trainer/schedule``."""
    first = key.partition("/")[0]
    return key in groups_of(command) or (first in (*groups_of(command), "hydra") and bool(options_of(key)))


def find(group: str, option: str, folders: tuple[Path, ...] = ()) -> Path | None:
    """The file of an option; the user's own comes first."""
    for folder in folders or conf_folders():
        path = folder / group / f"{option.removesuffix('.yaml')}.yaml"
        if path.is_file():
            return path
    return None


def keys_of(command: str, choices: Mapping[str, str] | None = None, folders: tuple[Path, ...] = ()) -> dict[str, Key]:
    """Every key of a command's configuration, with these choices of groups or else its own."""
    folders = folders or conf_folders()
    file = read(folders[-1] / f"{command}.yaml", "")
    composition = _Composition(folders, dict(choices or {}))
    usual = {name: composition.chosen.get(name, option) for name, option in groups_of(command).items()}
    for name in ("sweep", "experiment", "coupled", "physics"):  # what these replace is chosen before the groups they replace it in
        option = usual.get(name)
        if option:
            composition.chosen = _replaced(name, str(option), folders) | composition.chosen
    for entry in file.defaults:
        if entry == "_self_":
            composition.add(file.keys)
        elif isinstance(entry, dict):
            for name in entry:
                group = str(name).removeprefix("optional ")
                picked = composition.chosen.get(group, usual.get(group))
                if picked and group != "hydra":
                    composition.visit(group, str(picked))
    return composition.keys


@cache
def every_key(command: str, without: str = "") -> Mapping[str, str]:
    """The keys of a command's configuration, and their defaults, under any shipped choice of its groups but one."""
    folder = conf_folders()[-1]
    found = {key.name: key.default for key in read(folder / f"{command}.yaml", "").keys}
    for group in sorted(set(groups_of(command)) - {without}):
        for path in sorted((folder / group).rglob("*.yaml")):
            for key in read(path, path.parent.relative_to(folder).as_posix()).keys:
                found.setdefault(key.name, key.default)
    return found


def keys_of_option(group: str, option: str) -> dict[str, Key]:
    """Every key that a shipped option of a group brings, with those of the options that it takes in its turn."""
    composition = _Composition(conf_folders(), {})
    composition.visit(group, option)
    return composition.keys


@cache
def kinds_of(command: str) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The tables of a command's configuration whose other keys depend on ``kind``: the keys that each shipped kind takes."""
    folder = conf_folders()[-1]
    found: dict[str, dict[str, frozenset[str]]] = {}
    for name in groups_of(command).keys() - _SEVERAL:
        for path in (folder / name).rglob("*.yaml"):
            option = keys_of_option(path.parent.relative_to(folder).as_posix(), path.stem)
            for key in [key for key in option.values() if key.name.endswith(".kind")]:
                table = key.name.removesuffix("kind")
                kinds, own = found.setdefault(table, {}), {name for name in option if name.startswith(table)}
                kinds[key.default] = kinds.get(key.default, frozenset()) | own
    return {table: kinds for table, kinds in found.items() if len(set(kinds.values())) > 1}


def experiments_of(command: str, folders: tuple[Path, ...] = ()) -> list[str]:
    """The experiments that a command can take: it has every group that they choose in, and every key they set."""
    return [name for name in options_of("experiment", folders) if _fits(command, name, folders)]


def _fits(command: str, experiment: str, folders: tuple[Path, ...]) -> bool:
    path = find("experiment", experiment, folders)
    if path is None:
        return False
    file = read(path, "experiment")
    overrides, entries = _split(file.defaults, "experiment")
    groups = {name.partition("/")[0] for name in overrides if not name.startswith("hydra/")}
    known = every_key(command, without="experiment")
    return (
        groups <= groups_of(command).keys()
        and all(key.is_table or _is_taken(key.name, known) for key in file.keys)
        and all(_fits(command, entry, folders) for entry in entries if isinstance(entry, str) and entry != "_self_")
    )


def _is_taken(name: str, known: Mapping[str, str]) -> bool:
    """Return True for a known key, or one inside a table that is empty by default and takes any."""
    parents = [name[:end] for end, letter in enumerate(name) if letter == "."]
    return name in known or any(known.get(parent) in ("{}", "null") for parent in parents)


def _replaced(group: str, option: str, folders: tuple[Path, ...]) -> dict[str, str]:
    """The choices of other groups that an option makes by ``override``, after those of the options that it extends."""
    found = find(group, option, folders)
    if found is None:
        return {}
    overrides, entries = _split(read(found, group).defaults, group)
    extended: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, str) and entry != "_self_":
            extended |= _replaced(group, entry, folders)
    return extended | overrides


def _split(defaults: tuple[Any, ...], group: str) -> tuple[dict[str, str], list[Any]]:
    """The ``override`` entries of a defaults list by absolute group, and the others."""
    overrides: dict[str, str] = {}
    entries = []
    for entry in defaults:
        if isinstance(entry, dict) and all(str(name).startswith("override ") for name in entry):
            overrides |= _absolute({str(name).removeprefix("override "): option for name, option in entry.items()}, group)
        else:
            entries.append(entry)
    return overrides, entries


def _absolute(entry: Mapping[str, Any], group: str) -> dict[str, Any]:
    """The groups of a defaults entry from the root: ``/model`` or, below its own group, ``schedule``."""
    names = {str(name).removeprefix("optional "): option for name, option in entry.items()}
    return {name[1:] if name.startswith("/") else f"{group}/{name}".lstrip("/"): option for name, option in names.items()}
