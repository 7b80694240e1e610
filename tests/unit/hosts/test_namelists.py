from __future__ import annotations

import pytest

from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.namelists import render


def test_a_namelist_is_written_as_fortran_reads_it() -> None:
    values = {"n": 3, "share": 0.05, "on": True, "name": "it's", "seed": [1, 2]}
    expected = "&group_nl\n n = 3\n share = 0.05\n on = .true.\n name = 'it''s'\n seed = 1, 2\n/\n"
    assert render("group_nl", values) == expected


def test_a_value_fortran_cannot_hold_is_named() -> None:
    with pytest.raises(ParamnetError) as refused:
        render("radmod_nl", {"co2": None})  # type: ignore[dict-item]
    assert (refused.value.what, refused.value.got) == ("namelist value co2", "None")
