"""The overrides of a command line, in the spelling that Hydra reads."""

from __future__ import annotations

from argparse import Namespace
from importlib import resources

import yaml
from hydra._internal.utils import get_args_parser

from paramnet.cli.help import WORDS, usage_of
from paramnet.cli.keys import every_key, groups_of, is_group, kinds_of, options_of
from paramnet.cli.words import in_quotes, keep_letters, split_items
from paramnet.contract import ParamnetError
from paramnet.execution.quoting import require_printable

_FIRST = {"card": "scheme", "adapter": "name", "testbed": "testbed"}  # the key whose value may be given without it


def _plain_keys(config_name: str) -> set[str]:
    """Keys of a primary configuration that hold a plain value although there is a group of the same name."""
    folder = resources.files("paramnet.conf")
    table = yaml.safe_load((folder / f"{config_name}.yaml").read_text(encoding="utf-8"))
    return {key for key in table if (folder / key).is_dir()} - groups_of(config_name).keys()


def _spelt_for_hydra(argument: str, plain_keys: set[str], tables: tuple[str, ...]) -> str:
    """The argument in Hydra's spelling. ``tables`` : how keys begin that YAML files may leave out, and tables that are empty in them.

    ``contract=mine.yaml`` would choose from the group ``contract`` where a command only takes a value: it is passed as ``plain.contract``.
    A key that its YAML leaves out, such as ``source.unit_overrides`` or those of ``climates={warm: …}``, is added; ``typed`` checks it.
    """
    key = argument.partition("=")[0]
    if argument.startswith(tables) and "=" in argument:
        return f"++{argument}"
    return f"+plain.{argument}" if "=" in argument and key in plain_keys else argument


def _choice(override: str, config_name: str) -> str:
    """The choice of an option in Hydra's spelling, which takes no number there, and no null.

    A choice of nothing, ``physics=null``, becomes the option ``none`` if there is one, else the deletion of the entry. Raises
    ParamnetError where something must be chosen, and for nothing among the values of a sweep, in which no entry can be deleted.
    """
    key, equals, text = override.lstrip("+").partition("=")
    if not equals or not is_group(key, config_name):
        return override
    if text.isdecimal():
        return override.removesuffix(text) + in_quotes(text)
    items = [item.lower() for item in split_items(text)]
    if not {"", "null"} & set(items):
        return override
    options = options_of(key)
    if "none" in options:
        return f"{key}={','.join('none' if item.lower() in ('', 'null') else item for item in split_items(text))}"
    usual = groups_of(config_name).get(key, "???")
    if usual is None and len(items) == 1:
        return f"~{key}"
    raise ParamnetError(
        key,
        expected=f"one of {', '.join(options)}",
        got=text or "nothing",
        remedy="leave null out of the sweep" if usual is None else f"leave {key} out, or choose one",
    )


def spelt(config_name: str, overrides: list[str], multirun: bool = False) -> list[str]:
    """The overrides of a command as Hydra must have them to read what was typed; of a choice given twice the last one counts,
    as of any key. Raises ParamnetError for control characters, and for nothing where something must be chosen.
    """
    plain_keys = _plain_keys(config_name)
    choices = plain_keys | groups_of(config_name).keys()
    given: dict[str, str] = {}
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        require_printable(override, key if key.isprintable() else "command line")
        if key in choices and "=" in override:
            given.pop(key, None)
            given[key] = override
        else:
            given.setdefault(f"={override}", override)
    chosen = [_choice(override, config_name) for override in given.values()]
    tables = ("source.", *kinds_of(config_name), *(f"{key}={{" for key, default in every_key(config_name).items() if default == "{}"))
    return [_spelt_for_hydra(override, plain_keys, tables) for override in keep_letters(config_name, chosen, multirun)]


def command_line(arguments: list[str]) -> tuple[list[str], list[str], bool]:
    """Options of Hydra with their values, overrides, and whether several values of a key are a sweep; in any order.

    Raises ParamnetError for options that Hydra does not take together.
    """
    parsed, others = get_args_parser().parse_known_args(arguments)
    _require_one_purpose(parsed)
    overrides = [*parsed.overrides, *(argument for argument in others if not argument.startswith("-"))]
    left = list(overrides)
    options = []
    for argument in arguments:
        if argument in left:
            left.remove(argument)
        else:
            options.append(argument)
    return options, overrides, bool(parsed.multirun)


def _require_one_purpose(parsed: Namespace) -> None:
    """A command runs once, runs a sweep, or is only shown; help goes with each."""
    if parsed.help or parsed.hydra_help:
        return
    given = [f"--{name}" for name in ("run", "multirun", "cfg", "info") if getattr(parsed, name)]
    if len(given) > 1:
        remedy = "leave out the others; one configuration of a sweep is shown with one value for each key and without --multirun (-m)"
        raise ParamnetError("options", expected=f"one of {', '.join(given)}", got=" ".join(given), remedy=remedy)
    if parsed.resolve and not parsed.cfg:
        raise ParamnetError("--resolve", expected="--cfg job, --cfg hydra or --cfg all", got="none", remedy="add --cfg job")


def with_keys(name: str, arguments: list[str]) -> list[str]:
    """The arguments of a command, a word without key as the value of the key that it is for: ``scheme.pt`` as ``scheme=scheme.pt``.

    Raises ParamnetError if a command's first word is not its verb, or for several values.
    """
    if name not in _FIRST:
        return arguments
    words, verb = [word for word in command_line(arguments)[1] if "=" not in word], WORDS.get(name, "").partition(" ")[0]
    rest = list(arguments)
    if verb and words[:1] == [verb]:
        rest.remove(words.pop(0))
    elif verb:
        raise ParamnetError(name, expected=usage_of(name), got=" ".join(arguments) or "no words")
    if len(words) > 1:
        raise ParamnetError(_FIRST[name], expected="one value", got=" ".join(words))
    return [f"{_FIRST[name]}={one}" if one in words else one for one in rest]
