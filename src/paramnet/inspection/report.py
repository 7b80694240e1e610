"""The result of an inspection as sections of rows, independent of how they are displayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paramnet.files import flattened


@dataclass(frozen=True)
class Section:
    """A table; with the two columns ("", "") it is a list of names and values. ``note`` : units or meaning of its numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    note: str = ""

    @classmethod
    def of_values(cls, title: str, values: Mapping[str, Any], note: str = "") -> Section:
        """Names and values; nested tables are flattened with dots, empty values are omitted."""
        values = {name: value for name, value in flattened(values).items() if value is not None and not isinstance(value, Mapping)}
        return cls(title, ("", ""), [(name, value) for name, value in values.items() if value != "" and value != []], note)

    def to_plain(self) -> Any:
        """A mapping if the section has names and values, else a list of rows."""
        if self.columns == ("", ""):
            return dict(self.rows)
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Report:
    """``kind`` : scheme, checkpoint, store, netcdf, or that of a run's folder (``run_folder.kind_of_run``)."""

    path: str
    kind: str
    sections: list[Section]

    def to_plain(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"path": self.path, "kind": self.kind, **{section.title: section.to_plain() for section in self.sections}}
