"""Where the levels are: which numbers of a flat column are profiles, which stand for the whole column.

The rule: a profile is a contract variable with dims [column, level], and all of them stand on the contract's one grid, level
0 the top; what a source gives on fewer levels is brought to this grid at preprocessing (levels without data are constant
there, and constants are zero inside the scheme). A computed feature is as many profiles as its width holds the number of
levels; any other width is that many numbers for the whole column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paramnet.contract import Contract, ParamnetError


@dataclass(frozen=True)
class ColumnLayout:
    """Positions in the flat tensors: ``profiles`` lists the positions of each profile's levels, ``scalars`` the rest."""

    n_levels: int
    input_profiles: list[list[int]]
    input_scalars: list[int]
    output_profiles: list[list[int]]
    output_scalars: list[int]

    @classmethod
    def of(cls, contract: Contract, feature_widths: Sequence[int], kind: str) -> ColumnLayout:
        """The layout of contract inputs followed by features of these widths; ParamnetError where there are no levels."""
        levels = contract.n_levels
        widths = [column.stop - column.start for column in contract.input_columns.values()]
        is_profile = [variable.is_profile for variable in contract.inputs]
        is_profile += [width >= levels and width % levels == 0 for width in feature_widths]
        outputs = [column.stop - column.start for column in contract.output_columns.values()]
        layout = cls(
            levels,
            *_split([*widths, *feature_widths], is_profile, levels),
            *_split(outputs, [variable.is_profile for variable in contract.outputs], levels),
        )
        if not layout.input_profiles or levels < 2:
            raise ParamnetError(
                f"model.kind: {kind} sees levels as levels, expected an input with dims [column, level] and two or more levels in "
                f"contract {contract.name}, got {len(layout.input_profiles)} on {levels}; choose mlp or residual_mlp"
            )
        return layout


def _split(widths: list[int], is_profile: list[bool], levels: int) -> tuple[list[list[int]], list[int]]:
    profiles: list[list[int]] = []
    scalars: list[int] = []
    start = 0
    for width, profile in zip(widths, is_profile, strict=True):
        positions = list(range(start, start + width))
        if profile:
            profiles += [positions[first : first + levels] for first in range(0, width, levels)]
        else:
            scalars += positions
        start += width
    return profiles, scalars
