"""Text on the command line keeps the letters it was typed with.

Hydra reads values by a grammar of its own: ``1e5`` is a number, ``null`` is nothing, ``#`` and ``ö`` are errors. That suits numbers,
not accounts, dates, names and paths. Where a key holds text, a value that Hydra would read as anything else is put in quotes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from paramnet.cli.keys import groups_of

__all__ = ["in_quotes"]

_ASSIGNMENT = re.compile(r"(\+{0,2})([^=~\s]+)=(.*)", re.DOTALL)
_CHOICE = re.compile(r"(choice\()(.*)(\))", re.DOTALL)
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_ABSENT, _NEW = object(), object()  # no such key; a new key of a table


def keep_letters(config_name: str, overrides: list[str], multirun: bool = False) -> list[str]:
    """The overrides with quotes around text that Hydra would not read as it is typed.

    multirun : several values of a key, separated by commas, are the values of a sweep; without it they are one text.
    """
    doubtful = {override for override in overrides if not _is_read_as_typed(override)}
    if not doubtful:
        return list(overrides)
    defaults = _defaults(config_name, [override for override in overrides if override not in doubtful])
    return [_kept(override, config_name, defaults, multirun) if override in doubtful else override for override in overrides]


def split_items(text: str) -> list[str]:
    """Split at the commas that are outside quotes and brackets."""
    items, start, expected, quote = [], 0, "", ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[position - 1] != "\\" else quote
        elif letter in "\"'" and text[start:position].rstrip()[-1:] in ("", ":"):  # a quotation, not an apostrophe
            quote = letter
        elif letter in _CLOSING:
            expected += _CLOSING[letter]
        elif expected and letter == expected[-1]:
            expected = expected[:-1]
        elif letter == "," and not expected:
            items.append(text[start:position])
            start = position + 1
    return [item.strip() for item in [*items, text[start:]]]


def in_quotes(text: str) -> str:
    """``text`` as a quoted string of Hydra's grammar."""
    return QuotedString(text=text, quote=Quote.single).with_quotes()


def search_path(folders: list[str]) -> list[str]:
    """The override by which Hydra looks into the user's own folders, as ``--config-dir`` does."""
    return [f"hydra.searchpath=[{','.join(in_quotes(f'file://{Path(folder).absolute()}') for folder in folders)}]"] if folders else []


def _parsed(override: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(override)
    except HydraException:
        return None


def _is_read_as_typed(override: str) -> bool:
    """Whether Hydra reads the same text, or an integer that is written in the same way."""
    typed = _ASSIGNMENT.fullmatch(override)
    if not typed or typed[2].partition(".")[0] == "hydra" or typed[2].startswith("hydra/"):
        return True
    parsed = _parsed(override)
    if parsed is None or parsed.is_sweep_override():
        return False
    return _same(parsed.value(), typed[3])


def _same(value: Any, text: str) -> bool:
    if isinstance(value, QuotedString):
        return True
    if isinstance(value, str):
        return value == text or (text == text.strip() and "\\" in text) or text[:1] in ("'", '"')
    return type(value) is int and str(value) == text


def _defaults(config_name: str, overrides: list[str]) -> DictConfig:
    """The configuration that the keys are looked up in: the chosen groups tell which there are."""
    for chosen in (overrides, []):
        GlobalHydra.instance().clear()
        try:
            with initialize_config_module("paramnet.conf", version_base="1.3"):
                return compose(config_name, overrides=chosen)
        except (HydraException, OmegaConfBaseException):
            continue  # reported when the command itself is composed
    return OmegaConf.create()


def _kept(override: str, config_name: str, defaults: DictConfig, multirun: bool) -> str:
    typed = _ASSIGNMENT.fullmatch(override)
    assert typed
    prefix, key, text = typed.groups()
    default = _ABSENT if key in groups_of(config_name) else _default(defaults, key.removeprefix("plain."))
    parsed = _parsed(override)
    if default is _ABSENT and parsed is not None and (key not in groups_of(config_name) or not isinstance(parsed.value(), int | float)):
        return override
    if multirun and (choice := _CHOICE.fullmatch(text)):
        return f"{prefix}{key}={choice[1]}{_items(choice[2], default)}{choice[3]}"
    if multirun and (parsed.is_sweep_override() if parsed else len(split_items(text)) > 1):
        return f"{prefix}{key}={_items(text, default) if parsed is None or ',' in text else text}"
    return f"{prefix}{key}={_value(text, default)}"


def _default(defaults: DictConfig, key: str) -> Any:
    """The value a key has without the override; "" where one is wanted; _NEW for a new key of a table, _ABSENT for an unknown key."""
    parent, _, last = key.rpartition(".")
    try:
        node = OmegaConf.select(defaults, parent) if parent else defaults
        if isinstance(node, DictConfig) and OmegaConf.is_missing(node, last):
            return ""
        if isinstance(node, DictConfig) and last in node:
            return node[last]
    except OmegaConfBaseException:
        return ""  # an interpolation of what is still missing
    texts = isinstance(node, DictConfig) and bool(parent) and all(isinstance(value, str) for value in node.values())
    return _NEW if texts else _ABSENT


def _value(text: str, default: Any) -> str:
    """One value, for a key that has the value ``default`` without it."""
    if isinstance(default, bool | int | float):
        return text if _parsed(f"key={text}") else in_quotes(text)
    if isinstance(default, str):
        return literal(text)
    if text.startswith("[") and text.endswith("]") and (default is _NEW or isinstance(default, ListConfig | list)):
        return f"[{_items(text[1:-1], default)}]"
    if text.startswith("{") and text.endswith("}") and (default is _NEW or isinstance(default, DictConfig | dict)):
        return "{" + ",".join(_pair(item, default) for item in split_items(text[1:-1]) if item) + "}"
    parsed = _parsed(f"key={text}")
    if parsed is None:
        return in_quotes(text)
    if default is None:
        return text if parsed.value() is None or isinstance(parsed.value(), dict) else literal(text)
    other = parsed.is_sweep_override() or parsed.value() is None or isinstance(parsed.value(), list | dict)
    return text if other else literal(text)


def _items(text: str, default: Any) -> str:
    """The items of a list, or the values of a sweep; those that are numbers by default are left as they are."""
    inside = next(iter(default), _NEW) if isinstance(default, ListConfig | list) else default
    return ",".join(_item(item, inside) for item in split_items(text) if item)


def _item(text: str, default: Any) -> str:
    if text.startswith("[") and text.endswith("]"):
        return f"[{_items(text[1:-1], default)}]"
    return _value(text, default)


def _pair(text: str, default: Any) -> str:
    name, colon, value = text.partition(":")
    inner = default.get(name.strip(), _NEW) if isinstance(default, DictConfig | dict) else _NEW
    return f"{name.strip()}:{_value(value.strip(), inner)}" if colon else text


def literal(text: str) -> str:
    """A text as Hydra must have it; one that is in quotes already is left alone."""
    parsed = _parsed(f"key={text}")
    if parsed is not None and not parsed.is_sweep_override() and _same(parsed.value(), text):
        return text
    return in_quotes(text)
