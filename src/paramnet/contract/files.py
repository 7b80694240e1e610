"""Reading contract files. A contract may extend another, so a vertical grid is written once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract.errors import ParamnetError
from paramnet.contract.fields import short


def read_table(name_or_path: str | Path) -> dict[str, Any]:
    """Read a contract file, given as a path ending in .yaml or as the name of a shipped contract.

    ``extends: <contract>`` supplies every key that the file itself lacks. In ``inputs`` and ``outputs`` a bare name then means
    the row of that name in the extended contract. That contract is searched for next to the file, then among the shipped
    ones. Raises ParamnetError naming file and variable.
    """
    path, shipped = Path(name_or_path), Path(str(resources.files("paramnet.conf"))) / "contract"
    if path.suffix != ".yaml":
        path = shipped / f"{name_or_path}.yaml"
    if not path.is_file():
        raise ParamnetError(
            f"contract {str(name_or_path)!r}",
            expected=f"one of {sorted(p.stem for p in shipped.glob('*.yaml'))}, or a path ending in .yaml",
            got=f"no file {path.name}" if path.parent == shipped else f"no file {path.absolute()}",
            remedy="put your own into contract/NAME.yaml of the folder given by --config-dir",
        )
    table: dict[str, Any] = yaml.safe_load(path.read_text())
    if not isinstance(table, dict):
        raise ParamnetError(f"contract {path}", expected="a table of keys", got=short(table))
    base_name = table.pop("extends", None)
    if base_name is None:
        return table
    neighbour = path.parent / (base_name if str(base_name).endswith(".yaml") else f"{base_name}.yaml")
    base = read_table(neighbour if neighbour.is_file() and neighbour != path else base_name)
    known = {row["name"]: row for role in ("inputs", "outputs") for row in base[role]}
    for role in ("inputs", "outputs"):
        table[role] = [_row(entry, known, role, path.name, str(base_name)) for entry in table.get(role, base[role])]
    return base | table


def _row(entry: Any, known: dict[str, Any], role: str, file: str, base: str) -> Any:
    if not isinstance(entry, str):
        return entry
    if entry not in known:
        raise ParamnetError(
            role,
            expected=f"variables of the extended contract {base} ({', '.join(sorted(known))})",
            got=repr(entry),
            where=file,
            remedy="correct the name, or write the variable's complete row",
        )
    return known[entry]
