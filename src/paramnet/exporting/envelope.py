"""The envelope of the training data for the host's guard: the range of each input, and a distance for all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.normalization import InputConfig, deviation_floor, usual_quantiles, usual_range
from paramnet.store import ColumnStatistics

__all__ = ["distance", "fit_distance", "guarded_spread"]

SHARE, MOST_COMPONENTS = 0.95, 16  # of the variance; a guard must be cheap compared with the network
QUANTILE_LEVELS = (0.5, 0.99, 0.999, 0.9999, 1.0)
_CHUNK = 8192  # columns converted to float64 at once

Array = NDArray[np.float64]


def envelope(
    contract: Contract, inputs: ColumnStatistics, outputs: ColumnStatistics, training_inputs: NDArray[Any] | None, selection: InputConfig
) -> dict[str, Any]:
    """``manifest["envelope"]``; training_inputs : (column, n_in), contract units, or None for an envelope without distance.

    selection : that of the training. The guard ignores differences that the network cannot see.
    """
    spread = guarded_spread(contract, inputs, selection)
    distance = {} if training_inputs is None else {"distance": fit_distance(training_inputs, inputs.mean, spread)}
    lower, upper = usual_range(selection, contract, inputs)
    return {
        "inputs": {
            "min": lower.tolist(),
            "max": upper.tolist(),
            "mean": inputs.mean.tolist(),
            "quantile_levels": list(inputs.quantile_levels),
            "quantiles": usual_quantiles(selection, contract, inputs).tolist(),
        },
        "outputs": {"min": outputs.min.tolist(), "max": outputs.max.tolist()},
        **distance,
    }


def guarded_spread(contract: Contract, inputs: ColumnStatistics, selection: InputConfig) -> Array:
    """Standard deviations : (n_in), the unit of distances: with the network's floor, zero for inputs that never vary."""
    return np.where(inputs.constant, 0.0, np.maximum(inputs.std, deviation_floor(selection, contract, inputs)))


def fit_distance(training_inputs: NDArray[Any], mean: Array, std: Array) -> dict[str, Any]:
    """``manifest["envelope"]["distance"]``, computed from training columns in float64.

    training_inputs : (column, n_in), contract units, at least two columns. mean, std : (n_in), std 0 for inputs that never vary.
    The Mahalanobis distance of probabilistic PCA (Tipping & Bishop 1999, J. R. Stat. Soc. B 61, 611); the formula is in
    docs/reference/artefact.md. Raises ParamnetError if nothing varies or a column is not finite.
    """
    inverse_std = np.divide(1.0, std, out=np.zeros_like(std, dtype=np.float64), where=np.asarray(std) > 0)
    moments = np.zeros((len(inverse_std), len(inverse_std)))
    for z in _standardized(training_inputs, mean, inverse_std):
        moments += z.T @ z / len(training_inputs)
    if not np.isfinite(moments).all() or not np.any(inverse_std):
        got = "constants" if np.isfinite(moments).all() else "NaN or infinity"
        raise ParamnetError("training inputs", expected="finite numbers that vary", got=got, remedy="preprocess again")
    variances, vectors = np.linalg.eigh(moments)
    variances, vectors = np.maximum(variances[::-1], 0.0), vectors[:, ::-1]
    count = min(int(np.searchsorted(np.cumsum(variances), SHARE * variances.sum())) + 1, MOST_COMPONENTS)
    left_out = int(np.count_nonzero(inverse_std)) - count
    residual = variances[count:].sum() / left_out if left_out > 0 else 0.0
    table: dict[str, Any] = {
        "mean": np.asarray(mean, dtype=np.float64).tolist(),
        "inverse_std": inverse_std.tolist(),
        "components": vectors[:, :count].T.tolist(),
        "inverse_scale": (1.0 / np.sqrt(variances[:count])).tolist(),
        "residual_inverse_scale": float(1.0 / np.sqrt(residual)) if residual > 0 else 0.0,
    }
    measured = distance(table, training_inputs)
    return table | {
        "quantile_levels": list(QUANTILE_LEVELS),
        "quantiles": np.quantile(measured, QUANTILE_LEVELS).tolist(),
        "columns": len(training_inputs),
    }


def distance(table: dict[str, Any], inputs: NDArray[Any]) -> Array:
    """Distance of each column : (column) from the training data of ``table``; inputs : (column, n_in)."""
    components, scales = np.asarray(table["components"]), np.asarray(table["inverse_scale"])
    result = []
    for z in _standardized(inputs, np.asarray(table["mean"]), np.asarray(table["inverse_std"])):
        c = z @ components.T
        residual = np.maximum(0.0, np.square(z).sum(axis=1) - np.square(c).sum(axis=1))
        result.append(np.sqrt(np.square(c * scales).sum(axis=1) + residual * table["residual_inverse_scale"] ** 2))
    return np.concatenate(result)


def _standardized(inputs: NDArray[Any], mean: Array, inverse_std: Array) -> Iterator[Array]:
    for start in range(0, len(inputs), _CHUNK):
        yield (np.asarray(inputs[start : start + _CHUNK], dtype=np.float64) - mean) * inverse_std
