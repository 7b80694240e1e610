"""What to write instead of a key, an option or an experiment that is not there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from paramnet.cli.keys import conf_folders, every_key, groups_of, keys_of, kinds_of, options_of

if TYPE_CHECKING:
    from hydra.errors import HydraException

__all__ = ["unknown_key"]

_ASSIGNED = re.compile(r"([A-Za-z_][\w.]*)=")
_LEFT_TO_HYDRA = ("hydra", "plain", "source")  # keys of their own, or that YAML files leave out


@cache
def _renamed() -> dict[str, list[str]]:
    table = yaml.safe_load((conf_folders()[-1] / "renamed.yaml").read_text(encoding="utf-8"))
    return {name: keys if isinstance(keys, list) else [keys] for name, keys in table.items()}


def dotted(values: Any, prefix: str = "") -> Iterator[str]:
    """Every key of nested tables, inner ones with their path: ``trainer``, ``trainer.epochs``."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield f"{prefix}{key}"
            yield from dotted(value, f"{prefix}{key}.")


def advise(key: str, known: Collection[str]) -> str:
    """The known key an unknown one may stand for, as a question; the known ones of its folder where none is near."""
    last = key.rpartition(".")[2]
    elsewhere = [name for name in known if name.rpartition(".")[2] == last]
    for renamed in _renamed().get(last, []):
        if renamed.partition("=")[0] in known:
            return f"write {renamed} instead"
    if elsewhere:
        return f"did you mean {min(elsewhere, key=len)!r}?"
    group = key.rpartition(".")[0]
    leaves = {name.rpartition(".")[2]: name for name in known if group and name.rpartition(".")[0] == group}
    if leaves:
        return _of_group(last, leaves)
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    same_end = {name.rpartition(".")[2]: name for name in sorted(known, key=len, reverse=True)}
    ends = difflib.get_close_matches(last, same_end, n=1, cutoff=0.7)
    if ends or near:
        return f"did you mean {same_end[ends[0]] if ends else near[0]!r}?".replace('"', "'")
    return f"expected one of {', '.join(sorted(name for name in known if '.' not in name))}"


def _of_group(last: str, leaves: dict[str, str]) -> str:
    """Advice among the keys of the group that was named: one of similar letters, those that begin alike, or all."""
    close = difflib.get_close_matches(last, leaves, n=1, cutoff=0.7)
    alike = close or [name for name in sorted(leaves) if name.startswith(last) or last.startswith(name)]
    if alike:
        return f"did you mean {' or '.join(repr(leaves[name]) for name in alike)}?"
    return f"expected one of {', '.join(sorted(leaves.values()))}"


def explain(config_name: str, error: HydraException) -> str:
    """One or two sentences for what Hydra could not compose."""
    text = str(error)
    if unknown := re.match(r"Could not (?:override|delete from config\.) '([^']+)'", text):
        key = unknown[1]
        known = known_keys(config_name)
        if key in known and f"{key}={{" in text:
            return f"{key}: new keys of a table need a +: write +{key}=..."
        if key in known:  # of the usual choice of its group
            return f"there is no key {key!r} with the {key.partition('.')[0]}=... that was chosen: leave it out, or choose another"
        return f"there is no key {key!r}: {advise(key, known)}"
    if re.search(r"Could not find 'hydra/(sweeper|launcher)", text):
        from paramnet.contract import install_extra  # imports NumPy

        return f"a search needs Optuna and Hydra's launchers: {install_extra('search')}"
    if missing := re.search(r"Could not find '([^']+)/([^'/]+)'\n\nAvailable options in '[^']+':\n((?:\t.*\n?)*)", text):
        group, option, options = missing[1], missing[2], [line.strip() for line in missing[3].splitlines() if line.startswith("\t")]
        near = difflib.get_close_matches(option, options, n=1, cutoff=0.5)
        advice = f"did you mean {group}={near[0]}? " if near else ""
        nothing = ", or null" if groups_of(config_name).get(group, "") is None else ""
        return f"{group}={option} is not shipped: {advice}There are {', '.join(options)}{nothing}; your own need --config-dir FOLDER"
    if unchosen := re.match(r"You must specify '(\w+)'", text):
        group = unchosen[1]
        return f"{group}: expected one of {', '.join(options_of(group))}, got none; write {group}=..."
    if several := re.match(r"Ambiguous value for argument '(.+)'", text):
        return f"{several[1]}: expected one value, got several; add -m to run the command once for each"
    if sweep := re.match(r"Sweep parameters '(.+)' requires --multirun", text):
        return f"{sweep[1]}: expected one value, got several; add -m to run the command once for each"
    if wrong := re.match(r"Error parsing override '(.+?)'", text):
        return f"expected KEY=VALUE, got {wrong[1]!r}"
    if folder := re.match(r"Additional config directory '(.+)' not found", text):
        return f"--config-dir: expected a folder of YAML files, got no folder at {folder[1]}"
    if twice := re.match(r"Multiple values for (\w+)", text):
        return f"{twice[1]} is there already: write {twice[1]}=..., without +"
    return text.partition("\nSee ")[0].replace("\n", ": ")


def known_keys(config_name: str, choices: Mapping[str, str] | None = None) -> set[str]:
    """Every key of a command's configuration with these choices of its groups, and the groups."""
    return {*keys_of(config_name, choices), *groups_of(config_name)} - {"paths"}


def unknown_key(config_name: str, arguments: list[str]) -> str:
    """What to write instead of the first key that the configuration has under no choice of its groups; "" where there is none.

    Hydra, which takes seconds to import, is not needed for it, unless the user has configuration folders of their own: then "" is returned.
    """
    if any(argument.startswith(("--config-", "-c", "hydra.searchpath")) for argument in arguments):
        return ""
    for argument in arguments:
        assigned = _ASSIGNED.match(argument)
        if not assigned or assigned[1].partition(".")[0] in _LEFT_TO_HYDRA:
            continue
        if assigned[1] not in every_key(config_name) and assigned[1] not in groups_of(config_name):
            given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
            choices = {group: given[group] for group in groups_of(config_name) if given.get(group)}
            return f"there is no key {assigned[1]!r}: {advise(assigned[1], known_keys(config_name, choices))}"
    return _key_of_another_kind(config_name, dict(argument.split("=", 1) for argument in arguments if "=" in argument))


def _key_of_another_kind(config_name: str, given: dict[str, str]) -> str:
    """What to write instead of the first key that the chosen kind of its table does not take."""
    tables = kinds_of(config_name)
    mine = [(key, table) for key in given for table in tables if key.startswith(table) and key != f"{table}kind"]
    if not mine:
        return ""
    chosen = keys_of(config_name, {name: option for name, option in given.items() if "." not in name})
    for key, table in mine:
        kind = given.get(f"{table}kind", chosen[f"{table}kind"].default if f"{table}kind" in chosen else "")
        takers = sorted(name for name, keys in tables[table].items() if key in keys)
        if kind in tables[table] and kind not in takers and takers:
            return f"{key}: kind {kind} does not have it, but {', '.join(takers)}; leave it out, or choose another {table.rstrip('.')}"
    return ""
