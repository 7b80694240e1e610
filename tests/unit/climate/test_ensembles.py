"""Members of a role together: means, ranges, a permutation test, and which runs are compared."""

from __future__ import annotations

from typing import Any

import pytest

from paramnet.climate.ensembles import permutation_test, role_statistics
from paramnet.climate.groups import Groups


def numbers(std: float) -> dict[str, Any]:
    return {
        "itcz": {"position": 1.0, "width": 9.0, "peak": std},
        "heating_std_k_day": std,
        "rain": None,
        "waves": None,
        "column_energy": None,
    }


GROUPS = Groups.of_members(
    {"floor": ["floor", "floor_2"], "learned": ["learned", "learned_2", "learned_3"]},
    ["control", "floor", "floor_2", "learned", "learned_2", "learned_3", "kuo"],
)


def test_several_runs_of_the_floor_are_controls_too() -> None:
    assert GROUPS.roles["learned"] == ("learned", "learned_2", "learned_3") and GROUPS.roles["kuo"] == ("kuo",)
    assert GROUPS.references == ("control", "floor", "floor_2")
    assert len(GROUPS.pairs("floor")) == 3 and len(GROUPS.pairs("learned")) == 9
    alone = Groups.of_members({}, ["control", "floor"])
    assert alone == Groups.of_runs(["control", "floor"])


def test_a_role_has_the_mean_and_range_of_its_members_and_a_test_against_the_controls() -> None:
    values = {"control": 4.0, "floor": 4.1, "floor_2": 3.9, "learned": 3.0, "learned_2": 3.2, "learned_3": 3.1, "kuo": 2.0}
    dry = {name: {"share_below_0.1": 0.4} for name in values} | {"kuo": None}
    found = role_statistics(GROUPS, {name: numbers(value) for name, value in values.items()}, dry)
    learned = found["heating_std"]["learned"]
    assert learned["mean"] == pytest.approx(3.1) and learned["members"] == 3
    assert learned["low"] == pytest.approx(3.01) and learned["high"] == pytest.approx(3.19)
    assert learned["p"] == pytest.approx(0.1)  # 2 of the 20 divisions of six values
    assert "p" not in found["heating_std"]["kuo"] and "p" not in found["heating_std"]["floor"]
    assert "kuo" not in found["dry_day_share"] and "rain_999" not in found


def test_the_permutation_test_of_equal_groups_and_of_many_members() -> None:
    assert permutation_test([1.0, 2.0], [1.0, 2.0]) == 1.0
    assert permutation_test([float(n) for n in range(12)], [100.0 + n for n in range(12)]) < 1e-3
