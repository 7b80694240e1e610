"""Reader of column data that follow the CF conventions: variables by standard name, units by attribute."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.sources.checks import require_units
from paramnet.sources.netcdf import Dataset, Variable
from paramnet.sources.readers.history import HistoryReader


@stored
@dataclass
class CFReader(HistoryReader):
    """A history of self-describing files. The units in the first file apply to all."""

    found_units: dict[str, str] = field(init=False, default_factory=dict)
    overridden: dict[str, str] = field(init=False, default_factory=dict)
    required: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        with self.open(self.files[0]) as dataset:
            self._resolve_units(dataset)
        super().__post_init__()
        path = self.files[0]
        with self.open(path) as dataset:
            for native_name in self.native_names("before"):
                units = self.overridden.get(native_name) or self._stated(dataset, native_name, path)
                if not units:
                    raise ParamnetError(
                        native_name,
                        expected="an attribute `units`",
                        got="none",
                        where=path.name,
                        remedy=f"set them in unit_overrides of source {self.source.name}, or fix the file",
                    )
                self.found_units[native_name] = units

    def _stated(self, dataset: Dataset, native_name: str, path: Path) -> str:
        if native_name in self.grid_fields and not self._has(dataset, native_name, path):
            return self.grid_fields[native_name].units
        return str(getattr(self.find(dataset, native_name, path), "units", ""))

    def _resolve_units(self, dataset: Dataset) -> None:
        """Look up ``units`` and ``unit_overrides``: by the source's name, the standard name, or the name in the file."""
        source, known = self.source, set(self.source.native_names)
        for native_name in source.native_names:
            kind, _, name = native_name.partition(":")
            names = [native_name]
            if kind == "standard_name":
                names += [name, *(v.name for v in dataset.get_variables_by_attributes(standard_name=name))]
            known |= set(names)
            for table, found in ((source.unit_overrides, self.overridden), (source.units, self.required)):
                if matches := [table[spelled] for spelled in names if spelled in table]:
                    found[native_name] = matches[0]
        source.require_known_units(known)

    def find(self, dataset: Dataset, native_name: str, path: Path) -> Variable:
        """See Reader.find; ``standard_name:x`` is the one variable with that attribute."""
        kind, _, name = native_name.partition(":")
        if kind != "standard_name":
            return super().find(dataset, native_name, path)
        found = dataset.get_variables_by_attributes(standard_name=name)
        if len(found) != 1:
            raise ParamnetError(
                name,
                expected="one variable with this standard_name",
                got=", ".join(v.name for v in found) or "none",
                where=path.name,
                remedy=f"give its `name` under `variables` of source {self.source.name}",
            )
        return found[0]

    def true_units(self, native_name: str) -> str:
        """See Reader.true_units."""
        return self.found_units[native_name]

    def check_units(self, array: Variable, native_name: str, path: Path) -> None:
        """See Reader.check_units; the attribute must be the same as in the first file."""
        expected = self.required.get(native_name) or self.found_units.get(native_name)
        if native_name not in self.overridden and expected:  # empty while the grid file is read
            require_units(array, expected, native_name, path.name, self.source.name, first=self.files[0].name)
