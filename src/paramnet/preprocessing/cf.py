"""Reader of any column data that follow the CF conventions: variables found by standard name, units by attribute."""

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
    """A history whose files describe themselves; the units found in the first file hold for all."""

    found_units: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        path = self.files[0]
        with open_netcdf(path) as dataset:
            for own in self.own_names("before"):
                units = self.source.unit_overrides.get(own) or getattr(self.find(dataset, own, path), "units", None)
                if units is None:
                    raise ParamnetError(
                        f"{own}: expected an attribute `units`, got none in {path.name}; "
                        f"state them in conf/source/{self.source.name}.yaml (unit_overrides) or fix the file"
                    )
                self.found_units[own] = str(units)

    def find(self, dataset: Dataset, own: str, path: Path) -> Variable:
        """See Reader.find; ``standard_name:x`` is the one variable with that attribute."""
        kind, _, name = own.partition(":")
        if kind != "standard_name":
            return super().find(dataset, own, path)
        found = dataset.get_variables_by_attributes(standard_name=name)
        if len(found) != 1:
            raise ParamnetError(
                f"{name}: expected one variable of this standard_name, got {[v.name for v in found] or 'none'} in {path.name}; "
                f"give its `name` under `variables` of source {self.source.name}"
            )
        return found[0]

    def true_units(self, own: str) -> str:
        """See Reader.true_units."""
        return self.found_units[own]

    def check_units(self, array: Variable, own: str, path: Path) -> None:
        """See Reader.check_units; the attribute must be that of the first file."""
        if own not in self.source.unit_overrides:
            expected = self.source.units.get(own, self.found_units[own])
            require_units(array, expected, own, path.name, self.source.name, first=self.files[0].name)
