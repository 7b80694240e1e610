"""Reader of column data that follow the CF conventions: variables by standard name, units by attribute."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.preprocessing.checks import require_units
from paramnet.preprocessing.history import HistoryReader
from paramnet.preprocessing.integrity import Dataset, Variable, open_netcdf
from paramnet.preprocessing.records import stored


@stored
@dataclass
class CFReader(HistoryReader):
    """A history of self-describing files. The units in the first file apply to all."""

    found_units: dict[str, str] = field(init=False, default_factory=dict)
    overridden: dict[str, str] = field(init=False, default_factory=dict)
    required: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        with open_netcdf(self.files[0]) as dataset:
            self._resolve_units(dataset)
        super().__post_init__()
        path = self.files[0]
        with open_netcdf(path) as dataset:
            for own in self.own_names("before"):
                units = self.overridden.get(own) or self._stated(dataset, own, path)
                if not units:
                    raise ParamnetError(
                        own,
                        expected="an attribute `units`",
                        got="none",
                        where=path.name,
                        remedy=f"set them in unit_overrides of source {self.source.name}, or fix the file",
                    )
                self.found_units[own] = units

    def _stated(self, dataset: Dataset, own: str, path: Path) -> str:
        if own in self.grid_fields and not self._has(dataset, own, path):
            return self.grid_fields[own].units
        return str(getattr(self.find(dataset, own, path), "units", ""))

    def _resolve_units(self, dataset: Dataset) -> None:
        """Look up ``units`` and ``unit_overrides``: by the source's name, the standard name, or the name in the file."""
        source, known = self.source, set(self.source.own_names)
        for own in source.own_names:
            kind, _, name = own.partition(":")
            names = [own]
            if kind == "standard_name":
                names += [name, *(v.name for v in dataset.get_variables_by_attributes(standard_name=name))]
            known |= set(names)
            for table, found in ((source.unit_overrides, self.overridden), (source.units, self.required)):
                if matches := [table[spelled] for spelled in names if spelled in table]:
                    found[own] = matches[0]
        source.require_known_units(known)

    def find(self, dataset: Dataset, own: str, path: Path) -> Variable:
        """See Reader.find; ``standard_name:x`` is the one variable with that attribute."""
        kind, _, name = own.partition(":")
        if kind != "standard_name":
            return super().find(dataset, own, path)
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

    def true_units(self, own: str) -> str:
        """See Reader.true_units."""
        return self.found_units[own]

    def check_units(self, array: Variable, own: str, path: Path) -> None:
        """See Reader.check_units; the attribute must be the same as in the first file."""
        expected = self.required.get(own) or self.found_units.get(own)
        if own not in self.overridden and expected:  # empty while the grid file is read
            require_units(array, expected, own, path.name, self.source.name, first=self.files[0].name)
