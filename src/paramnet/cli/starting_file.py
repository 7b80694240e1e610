"""``paramnet config init COMMAND``: a file with every setting of a command, its default and its comment, to edit and run with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract import ParamnetError
from paramnet.files import write_text

COMMANDS = ("preprocess", "train", "evaluate", "export", "online")
_GROUPS = {"online": "coupled"}  # where Hydra looks for the file; otherwise "experiment"
_NOT_LISTED = ("paths", "experiment", "coupled", "sweep")
_NOT_COPIED = ("source", "host")  # groups whose keys describe other people's files: chosen, not copied
_EXAMPLES = """examples:
  paramnet config init train my/experiment/mine.yaml model=column_unet trainer=one_cycle
  paramnet train --config-dir my experiment=mine store=/scratch/store"""


def main(name: str) -> None:
    """Command line of ``paramnet config``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}",
        description="Write a file with every setting of a command, its default and its comment.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["init"], help="init: write the file; one that exists is never replaced")
    parser.add_argument("of", choices=COMMANDS, metavar="COMMAND", help=", ".join(COMMANDS))
    parser.add_argument(
        "file",
        nargs="?",
        default="",
        help="DIR/experiment/NAME.yaml, for online DIR/coupled/NAME.yaml (default: my/experiment/COMMAND.yaml)",
    )
    parser.add_argument("overrides", nargs="*", metavar="GROUP=NAME", help="choices and values that differ from the defaults")
    arguments = parser.parse_args()
    overrides = list(arguments.overrides)
    if "=" in arguments.file:
        overrides.insert(0, arguments.file)
        arguments.file = ""
    path = Path(arguments.file or f"my/{group_of(arguments.of)}/{arguments.of}.yaml")
    write_starting_file(arguments.of, path, overrides)
    print(f"settings: {path}\nuse them: {_use(arguments.of, path)}")


def group_of(command: str) -> str:
    """The group of complete settings of a command."""
    return _GROUPS.get(command, "experiment")


def _use(command: str, path: Path) -> str:
    return f"paramnet {command} --config-dir {path.absolute().parents[1]} {group_of(command)}={path.stem}"


def write_starting_file(command: str, path: Path, overrides: list[str]) -> None:
    """Write the file. Raises ParamnetError where it exists, or is not in the folder in which Hydra looks for it."""
    if path.exists():
        raise ParamnetError(str(path), expected="no file of this name", got="one", remedy="choose another name")
    group = group_of(command)
    if path.absolute().parent.name != group or path.suffix != ".yaml":
        raise ParamnetError(str(path), expected=f"DIR/{group}/NAME.yaml", got=str(path), remedy="name it so: Hydra looks for it there")
    text = starting_text(command, overrides, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)


def starting_text(command: str, overrides: list[str], path: Path) -> str:
    """The file's text: with it, the command's configuration is what it is with ``overrides`` alone."""
    from omegaconf import OmegaConf

    from paramnet.cli.config import composed
    from paramnet.cli.keys import groups_of, keys_of, options_of

    given = dict(override.split("=", 1) for override in overrides if "=" in override)
    groups = {
        name: given.get(name, option)
        for name, option in groups_of(command).items()
        if name not in ("paths", "experiment", "coupled", "sweep")
    }
    keys = keys_of(command, {name: option for name, option in groups.items() if option})
    values: Any = OmegaConf.to_container(composed(command, overrides))
    lines = ["# @package _global_", f"# Settings: {_use(command, path)}"]
    if any(groups.values()):
        lines.append("defaults:")
    for name, option in groups.items():
        lines.append(f"  {'' if option else '# '}- override /{name}: {option or '...'}  # {' | '.join(options_of(name))}")
    own = {name: value for name, value in values.items() if name not in ("paths", "hydra", *_NOT_COPIED)}
    comments = {name: key.comment for name, key in keys.items()}
    return "\n".join([*lines, "", *_lines(own, comments)]) + "\n"


def _lines(values: dict[str, Any], comments: dict[str, str], prefix: str = "", before: str = "") -> Iterator[str]:
    """Nested tables as YAML, one key a line, with comments; one that several share (``before``), once."""
    indentation = "  " * prefix.count(".")
    for name, value in values.items():
        comment = comments.get(f"{prefix}{name}", "")
        note = f"  # {comment}" if comment and comment != before else ""
        before = comment
        if isinstance(value, dict) and value:
            yield f"{indentation}{name}:{note}"
            yield from _lines(value, comments, f"{prefix}{name}.", comment)
        else:
            yield f"{indentation}{name}: {_flow(value)}{note}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")
