"""Inputs the network is not shown, though the host supplies them: other layers may still need them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, remembered

REFERENCE_PRESSURE = 1.0e5  # Pa, surface pressure at which levels are given their pressure


@dataclass
class InputConfig:
    """``hidden`` inputs are not shown at all; profiles in ``hidden_above`` only below a pressure (Pa).

    What is hidden is exactly zero for the network, in training and in the exported module. Brenowitz et al. (2020) hide the
    upper levels for stability; climate-invariant networks hide what their features stand for. ``memory`` false hides all
    that the scheme gave or was given at earlier steps (``contract.remembered``; not the host's own surface fluxes).
    """

    hidden: list[str] = field(default_factory=list)
    hidden_above: dict[str, float] = field(default_factory=dict)
    memory: bool = True


def shown_inputs(config: InputConfig, contract: Contract) -> NDArray[np.bool_]:
    """Which input columns the network sees : (n_in); ParamnetError for a name that is no input, or no profile."""
    profiles = [variable.name for variable in contract.inputs if variable.is_profile]
    for key, names, known in (
        ("hidden", config.hidden, list(contract.input_columns)),
        ("hidden_above", list(config.hidden_above), profiles),
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
        shown[contract.input_columns[name]] &= pressure >= top
    return shown
