"""A contract file as a plain table; one contract may extend another, so that a vertical grid is written once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract.errors import ParamnetError


def read_table(name_or_path: str | Path) -> dict[str, Any]:
    """The table of a contract file, by path ending in .yaml or by a shipped contract's name.

    ``extends: <contract>`` takes every key from that contract which the file does not give itself; in ``inputs`` and
    ``outputs`` a bare name then stands for that contract's row of this name. Raises ParamnetError naming file and variable.
    """
    path = Path(name_or_path)
    if path.suffix != ".yaml":
        path = Path(str(resources.files("paramnet.conf"))) / "contract" / f"{name_or_path}.yaml"
    if not path.is_file():
        shipped = sorted(p.stem for p in path.parent.glob("*.yaml"))
        raise ParamnetError(f"contract {str(name_or_path)!r}: no file {path.name}; expected one of {shipped} or a path ending in .yaml")
    table: dict[str, Any] = yaml.safe_load(path.read_text())
    base_name = table.pop("extends", None)
    if base_name is None:
        return table
    base = read_table(path.parent / base_name if str(base_name).endswith(".yaml") else base_name)
    known = {row["name"]: row for role in ("inputs", "outputs") for row in base[role]}
    for role in ("inputs", "outputs"):
        table[role] = [_row(entry, known, path.name, str(base_name)) for entry in table.get(role, base[role])]
    return base | table


def _row(entry: Any, known: dict[str, Any], file: str, base: str) -> Any:
    if not isinstance(entry, str):
        return entry
    if entry not in known:
        raise ParamnetError(f"{entry}: expected a variable of contract {base}, which {file} extends, got none; it has {sorted(known)}")
    return known[entry]
