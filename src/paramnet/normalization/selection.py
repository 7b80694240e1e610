"""How inputs are shown to the network: which of them, with what least deviation, and how far a host may leave their range."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, remembered

REFERENCE_PRESSURE = 1.0e5  # Pa, surface pressure at which levels are given their pressure


@dataclass
class InputConfig:
    """``hidden`` inputs are not shown at all; profiles in ``hidden_above`` only below a pressure (Pa).

    ``hidden_above`` may also name a kind of computed feature that has levels: an input that is hidden still reaches the network
    through the features made of it, as climate-invariant networks want, unless they are hidden too.

    What is hidden is exactly zero for the network, in training and in the exported module. Brenowitz et al. (2020) hide the
    upper levels for stability; climate-invariant networks hide what their features stand for. ``memory`` false hides all
    that the scheme gave or was given at earlier steps (``contract.remembered``; not the host's own surface fluxes).

    ``floor_of_size`` and ``floor_of_profile`` bound from below what an input is standardized by (``normalization.floor``): a
    share of its own size, and for profiles a share of what the profile varies by over its levels. The first is about what
    observations are uncertain by (0.5 K, 2 hPa); the second is for humidity half a mg kg-1, a fifth of what the stratosphere
    holds, which routine soundings do not measure. ``floor_of_features`` bounds computed features likewise, as a multiple of
    what observations of them are uncertain by (relative humidity: 5 %). ``envelope_margin`` widens the range a host's guard
    takes as usual, in standard deviations on each side.
    """

    hidden: list[str] = field(default_factory=list)
    hidden_above: dict[str, float] = field(default_factory=dict)
    memory: bool = True
    floor_of_size: float = 2.0e-3
    floor_of_profile: float = 2.0e-4
    floor_of_features: float = 1.0
    envelope_margin: float = 0.25

    def __post_init__(self) -> None:
        for key in ("floor_of_size", "floor_of_profile", "floor_of_features", "envelope_margin"):
            value = getattr(self, key)
            if not 0 <= value < np.inf:
                raise ParamnetError(
                    f"inputs.{key}", expected="a number of at least 0", got=f"{value!r}", where="", remedy="give 0 to go without"
                )

    @classmethod
    def of_checkpoint(cls, meta: dict[str, Any]) -> InputConfig:
        """As a checkpoint's description has it; one written before there was a floor or margin goes without."""
        without = {"floor_of_size": 0.0, "floor_of_profile": 0.0, "floor_of_features": 0.0, "envelope_margin": 0.0}
        return cls(**{**without, **meta.get("inputs", {})})


def shown_inputs(config: InputConfig, contract: Contract, features: Collection[str] = ()) -> NDArray[np.bool_]:
    """Which input columns the network sees : (n_in); ParamnetError for a name that is no input, or no profile.

    ``features`` : kinds of computed features with levels, which ``hidden_above`` may name as well.
    """
    profiles = [variable.name for variable in contract.inputs if variable.is_profile]
    for key, names, known in (
        ("hidden", config.hidden, list(contract.input_columns)),
        ("hidden_above", list(config.hidden_above), [*profiles, *sorted(set(features) - set(profiles))]),
    ):
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise ParamnetError(f"inputs.{key}: expected inputs of contract {contract.name} {known}, got {unknown}")
    shown = np.ones(contract.n_in, dtype=bool)
    forgotten = [] if config.memory else [row.input for row in remembered(contract) if row.source != "host"]
    for name in [*config.hidden, *forgotten]:
        shown[contract.input_columns[name]] = False
    pressure = contract.vertical_grid.pressure(REFERENCE_PRESSURE)
    for name, top in config.hidden_above.items():
        if name in profiles:
            shown[contract.input_columns[name]] &= pressure >= top
    return shown
