"""Which runs of a comparison are members of which role, and which pairs of them are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTROL, FLOOR = "control", "floor"


@dataclass(frozen=True)
class Groups:
    """roles : role -> names of its runs, the first of which has the role's name. references : the runs of the control."""

    references: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]

    @classmethod
    def of_runs(cls, names: Iterable[str]) -> Groups:
        """Each run a role of its own, compared with the one control."""
        return cls((CONTROL,), {name: (name,) for name in names})

    @classmethod
    def of_members(cls, members: Mapping[str, Sequence[str]], names: Iterable[str]) -> Groups:
        """Roles with the members among ``names``, and each other run a role of its own. Several runs of the floor are control runs, too."""
        found = list(names)
        roles = {role: tuple(name for name in its if name in found) for role, its in members.items() if role in found}
        taken = {name for its in roles.values() for name in its}
        roles = {name: roles.get(name, (name,)) for name in found if name in roles or name not in taken}
        floors = roles.get(FLOOR, ())
        return cls((CONTROL, *(floors if len(floors) > 1 else ())), roles)

    def without(self, names: Iterable[str]) -> Groups:
        """The same without the roles of these runs."""
        left_out = set(names)
        return Groups(self.references, {role: its for role, its in self.roles.items() if its[0] not in left_out})

    @property
    def several(self) -> bool:
        """Return True if a role has more than one run."""
        return any(len(names) > 1 for names in self.roles.values())

    def pairs(self, role: str) -> list[tuple[str, str]]:
        """Pairs of a run of the role and a run of the control, each once; of the floor, whose runs are controls, pairs of different runs.

        If a role's runs are distributed like the control's, the mean squared difference of both kinds of pairs is the same, so the ratio
        of a role's to the floor's is 1 for any number of members.
        """
        found: dict[frozenset[str], tuple[str, str]] = {}
        for member in self.roles[role]:
            for reference in self.references:
                if member != reference:
                    found.setdefault(frozenset((member, reference)), (member, reference))
        return list(found.values())
