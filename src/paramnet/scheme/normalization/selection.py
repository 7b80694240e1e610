"""Selection of the network's inputs, floors of their standard deviations, and the margin of the guard's range."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, remembered
from paramnet.physics import REFERENCE_PRESSURE

OLD_KINDS = {"relative_humidity": "relative_humidity_over_liquid"}  # kinds of features by their names in earlier versions


@dataclass
class InputConfig:
    """``hidden``: inputs hidden from the network. ``hidden_above``: profiles hidden at pressures lower than a value (Pa).

    ``hidden_above`` may also name a kind of computed feature with levels. A hidden input still enters the network through the
    features computed from it, as in climate-invariant networks, unless these are hidden too.

    Hidden inputs are exactly zero for the network, in training and in the exported module. Brenowitz et al. (2020) hide upper
    levels for stability; climate-invariant networks hide the inputs that their features replace. ``memory`` false hides outputs
    and inputs of earlier steps (``contract.remembered``; not surface fluxes of the host).

    ``floor_of_size`` and ``floor_of_profile`` are lower bounds of the standard deviation used for standardization
    (``normalization.floor``), relative to the root mean square of an input and to the spread of its profile. The first is about
    the uncertainty of observations (0.5 K, 2 hPa). The second is 0.5 mg kg-1 for humidity, a fifth of its stratospheric value,
    which routine soundings do not measure. ``floor_of_features`` bounds computed features, as a multiple of the observational
    uncertainty (relative humidity: 5 %). ``envelope_margin`` extends the range accepted by a host's guard, in standard
    deviations on each side.
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
                raise ParamnetError(f"inputs.{key}", expected="a number of at least 0", got=f"{value!r}", remedy="set 0 to disable it")

    @classmethod
    def of_checkpoint(cls, meta: dict[str, Any]) -> InputConfig:
        """Configuration from a checkpoint's metadata; without floors and margin if they are not in it (older versions)."""
        without = {"floor_of_size": 0.0, "floor_of_profile": 0.0, "floor_of_features": 0.0, "envelope_margin": 0.0}
        return cls(**{**without, **meta.get("inputs", {})})


def shown_inputs(config: InputConfig, contract: Contract, features: Collection[str] = ()) -> NDArray[np.bool_]:
    """Mask of the input columns passed to the network : (n_in). Raises ParamnetError for an unknown input or profile.

    ``features`` : kinds of computed features with levels, which are also allowed in ``hidden_above``.
    """
    profiles = [variable.name for variable in contract.inputs if variable.is_profile]
    features = {*features, *(old for old, kind in OLD_KINDS.items() if kind in features)}
    for key, names, known in (
        ("hidden", config.hidden, list(contract.input_columns)),
        ("hidden_above", list(config.hidden_above), [*profiles, *sorted(features - set(profiles))]),
    ):
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise ParamnetError(f"inputs.{key}", expected=f"inputs of contract {contract.name} {known}", got=str(unknown))
    shown = np.ones(contract.n_in, dtype=bool)
    forgotten = [] if config.memory else [row.input for row in remembered(contract) if row.source != "host"]
    for name in [*config.hidden, *forgotten]:
        shown[contract.input_columns[name]] = False
    pressure = contract.vertical_grid.pressure(REFERENCE_PRESSURE) if config.hidden_above else np.zeros(0)
    for name, top in config.hidden_above.items():
        if name in profiles:
            shown[contract.input_columns[name]] &= pressure >= top
    return shown
