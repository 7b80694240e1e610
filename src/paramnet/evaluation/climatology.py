"""Climatology, a baseline that depends on location only: means over the training period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.moments import ColumnGroups
from paramnet.reporting.progress import Progress
from paramnet.store import Store

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Climatology:
    """Means over the training period, contract units. ``means`` : (column, n_out) for kind ``column``, (1, n_out) for ``global``."""

    kind: str
    means: Floats

    def __call__(self, column: NDArray[np.integer]) -> Floats:
        """Predictions (sample, n_out) for samples of the grid columns ``column`` : (sample)."""
        return self.means[column] if self.kind == "column" else np.broadcast_to(self.means, (len(column), self.means.shape[1]))


def train_climatology(
    store: Store, kind: str, needed: NDArray[np.integer], chunk: int, fitted_on: Sequence[str] = ("train",)
) -> Climatology:
    """Means over the splits ``fitted_on``, read once. ``needed`` : grid columns to be predicted.

    If one of them has no training samples, the global climatology is returned (see its ``kind``).
    """
    if kind == "global" and list(fitted_on) == ["train"]:
        return Climatology("global", store.statistics("outputs").mean[None, :])
    sums, counts = np.zeros((int(needed.max()) + 1, store.contract.n_out)), np.zeros(int(needed.max()) + 1)
    total, samples = np.zeros(store.contract.n_out), 0
    splits = [store.split(name) for name in fitted_on]
    with Progress("samples") as progress:
        show = progress.task("climatology", sum(len(one) for one in splits))
        for split in splits:
            for start in range(0, len(split), chunk):
                column = np.asarray(split.column_index[start : start + chunk])
                outputs = np.asarray(split.outputs[start : start + chunk], dtype=np.float64)
                total, samples = total + outputs.sum(axis=0), samples + len(outputs)
                wanted = column < len(counts)
                groups = ColumnGroups(column[wanted])
                sums[groups.columns] += groups.sum(outputs[wanted])
                counts[groups.columns] += groups.sizes
                show(samples)
    if kind == "global" or np.any(counts[needed] == 0):
        return Climatology("global", total[None, :] / samples)
    return Climatology("column", sums / np.maximum(counts, 1)[:, None])
