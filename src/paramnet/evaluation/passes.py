"""Skill of a flow against the number of its passes through the network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.candidate import Candidate
from paramnet.evaluation.members import crps, energy_score
from paramnet.evaluation.predicting import draws_of
from paramnet.scheme.networks import Flow
from paramnet.store import ColumnStatistics

PASSES = (1, 2, 3, 4, 8, 16)
DRAWS = 8


def passes_table(
    candidate: Candidate, outputs: ColumnStatistics, inputs: NDArray[np.float32], truth: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Rows of ``passes``, ``crps`` and ``energy_score``, means over outputs and samples in standard deviations; empty unless a flow.

    inputs : (sample, n_in), truth : (sample, n_out), contract units. Both scores are fair, of DRAWS draws.
    """
    if candidate.checkpoint is None or not isinstance(candidate.checkpoint.scheme.network, Flow):
        return []
    flow, live = candidate.checkpoint.scheme.network, ~outputs.constant
    trained, rows = flow.passes, []
    target = truth[:, live] / outputs.std[live]
    for passes in sorted({*PASSES, trained}):
        flow.set_passes(passes)
        drawn = draws_of("draw", candidate, inputs, np.arange(len(inputs)), DRAWS)
        members = np.stack([each[:, live] / outputs.std[live] for each in drawn])
        score = float(crps(members, target).mean())
        energy = float(energy_score(members, target).mean())
        rows.append({"passes": passes, "crps": score, "energy_score": energy, "trained": passes == trained})
    flow.set_passes(trained)
    return rows
