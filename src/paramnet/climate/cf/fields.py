"""Which variables of the files make up a field of the comparison, and which of their records are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from paramnet.climate.cf.catalogue import DAY, Catalogue, Found, Part
from paramnet.climate.cf.names import ON_LEVELS, standard_names, to_compared_units
from paramnet.contract import Conversion, ParamnetError

_TERM = re.compile(r"([+-]?)\s*([A-Za-z_]\w*)")
_SUM = re.compile(rf"\s*{_TERM.pattern}(?:\s*[+-]\s*[A-Za-z_]\w*)*\s*")


@dataclass(frozen=True)
class Term:
    """A variable that is added (``sign`` 1) or subtracted (-1), and its parts by the length of their records, s."""

    sign: int
    variable: Found
    conversion: Conversion
    parts: Mapping[int, list[Part]]


def choose(catalogue: Catalogue, wanted: str, given: str) -> list[tuple[int, Found]]:
    """Sign and variable of each term of a field; [] if the files do not have it."""
    if given:
        return _sum(catalogue, wanted, given)
    names = standard_names(wanted)
    on_levels = wanted in ON_LEVELS
    found = [
        one for one in catalogue.variables.values() if one.on_levels == on_levels and (one.name == wanted or one.standard_name in names)
    ]
    found = [one for one in found if one.name == wanted] or found
    if len(found) > 1:
        got = ", ".join(f"{one.name} in {one.path.name}" for one in found)
        raise ParamnetError(wanted, expected="one variable with this standard name", got=got, remedy=f"set names.{wanted}={found[0].name}")
    return [(1, one) for one in found]


def _sum(catalogue: Catalogue, wanted: str, given: str) -> list[tuple[int, Found]]:
    """The terms of ``a - b + c``."""
    if not _SUM.fullmatch(given):
        raise ParamnetError(f"names.{wanted}", expected="a variable, or a sum or difference of variables", got=repr(given))
    terms = [(-1 if match[1] == "-" else 1, match[2]) for match in _TERM.finditer(given)]
    absent = [name for _, name in terms if name not in catalogue.variables]
    if absent:
        got = ", ".join(sorted(catalogue.variables))
        raise ParamnetError(f"names.{wanted}", expected=f"{', '.join(absent)} on time, latitude and longitude", got=got)
    found = [(sign, catalogue.variables[name]) for sign, name in terms]
    if any(one.on_levels != (wanted in ON_LEVELS) for _, one in found):
        expected = "variables on levels" if wanted in ON_LEVELS else "variables without levels"
        raise ParamnetError(f"names.{wanted}", expected=expected, got=given)
    return found


def term_of(catalogue: Catalogue, wanted: str, sign: int, variable: Found, units: Mapping[str, str]) -> Term:
    """A term of the field ``wanted``, with the parts that hold its variable. units : variable -> units, instead of the file's."""
    given = units.get(variable.name, variable.units)
    parts: dict[int, list[Part]] = {}
    for part in catalogue.parts[variable.name]:
        parts.setdefault(part.seconds, []).append(part)
    return Term(sign, variable, to_compared_units(wanted, given, variable.name, str(variable.path)), parts)


def lengths_of(terms: list[Term]) -> set[int]:
    """Lengths of records, s, that all terms have and that divide a day."""
    common = set.intersection(*(set(term.parts) for term in terms))
    return {seconds for seconds in common if seconds and DAY % seconds == 0}


def daily_of(terms: list[Term]) -> tuple[int, list[Part]]:
    """The longest records within a day, and the first term's parts with them."""
    seconds = max(lengths_of(terms))
    return seconds, terms[0].parts[seconds]
