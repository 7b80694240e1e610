"""Positions of profiles and scalars in a flat column.

A profile is a contract variable with dims [column, level]. All profiles are on the contract's grid, with level 0 at the top.
Source data on fewer levels are put on this grid in preprocessing; levels without data are constant, and constants are zero inside
the scheme. A computed feature whose width is a multiple of the number of levels is one or more profiles; any other width is that
number of scalars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paramnet.contract import Contract, ParamnetError


@dataclass(frozen=True)
class ColumnLayout:
    """Positions in the flat tensors: ``profiles`` lists those of the levels of each profile, ``scalars`` all others."""

    n_levels: int
    input_profiles: list[list[int]]
    input_scalars: list[int]
    output_profiles: list[list[int]]
    output_scalars: list[int]

    @classmethod
    def of(cls, contract: Contract, feature_widths: Sequence[int], kind: str) -> ColumnLayout:
        """Layout of the contract's inputs followed by features of these widths. Raises ParamnetError if there is no profile."""
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
                f"model.kind {kind}",
                expected="an input with dims [column, level] and at least two levels",
                got=f"{len(layout.input_profiles)} profiles on {levels} levels",
                where=f"contract {contract.name}",
                remedy="choose model.kind mlp or residual_mlp",
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
