"""A field on half levels is told from one with the levels of another model."""

from types import SimpleNamespace

import pytest

from paramnet.contract import ParamnetError
from paramnet.sources.checks import HALF_LEVELS, Shape, require_shape


@pytest.mark.parametrize(("level", "size", "half"), [("level", 9, True), ("level", 7, False), ("ilev", 9, True), ("ilev", 8, False)])
def test_half_levels_are_told_from_the_levels_of_another_model(level: str, size: int, half: bool) -> None:
    array = SimpleNamespace(dimensions=("time", level, "cell"), shape=(2, size, 6))
    with pytest.raises(ParamnetError) as error:
        require_shape(array, "flux", Shape(["time"], {"level": 8}, ["cell"], 6, "grid.nc", "mine"), "file.nc")  # type: ignore[arg-type]
    assert (error.value.what, error.value.remedy == HALF_LEVELS) == ("flux", half)
