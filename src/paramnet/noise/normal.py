"""Standard normal numbers by the inverse of their distribution, with the same bits on every processor.

A random word is a sign and 31 bits u of a probability p = (2 u + 1) / 2**33 in (0, 1/2); the number is the z that a standard normal
exceeds with probability p. Only multiplications and additions of float64, each rounded once, are used: results do not depend on a
mathematical library. The largest magnitude is 6.3; the variance of a normal beyond it is 1e-8.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.noise.coefficients import COEFFICIENTS
from paramnet.noise.philox import philox

_BY_POWER = np.array(COEFFICIENTS).T  # (power, octave)
_WORDS = 4  # of a counter


def _normal(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """words : uint32, any shape. Returns float32."""
    odd = 2.0 * (words & np.uint32(0x7FFFFFFF)) + 1.0
    mantissa, exponent = np.frexp(odd)
    octave, fraction = exponent - 1, 2.0 * mantissa - 1.0
    value = _BY_POWER[-1][octave]
    for coefficients in _BY_POWER[-2::-1]:
        value = value * fraction + coefficients[octave]
    return np.where(words >> np.uint32(31), -value, value).astype(np.float32)


def _require(what: str, given: NDArray[Any] | int, bits: int) -> NDArray[np.uint64]:
    values = np.asarray(given)
    if values.dtype.kind not in "iu" or (values < 0).any() or (values.astype(np.uint64) >> np.uint64(bits)).any():
        raise ParamnetError(what, expected=f"integers from 0 to 2**{bits} - 1", got=str(values))
    return values.astype(np.uint64)


def standard_normal(seed: int, member: int, step: int, columns: NDArray[np.integer], draws: int) -> NDArray[np.float32]:
    """Independent standard normal numbers of columns at one step.

    seed, member, step : 0 to 2**32 - 1; columns (n) : global column numbers, 0 to 2**63 - 1; draws : numbers per column.
    Returns float32 (n, draws). Draw d is word d % 4 of Philox 4x32-10 with the counter (column, step, d // 4), the column in two words,
    low one first, and the key (seed, member). Raises ParamnetError for numbers outside these ranges.
    """
    key = np.array([_require("seed", seed, 32), _require("member", member, 32)], np.uint32)
    columns = _require("columns", columns, 63)
    blocks = -(-draws // _WORDS)
    counter = np.empty((len(columns), blocks, 4), np.uint32)
    counter[..., 0] = columns[:, None]
    counter[..., 1] = columns[:, None] >> np.uint64(32)
    counter[..., 2] = _require("step", step, 32)
    counter[..., 3] = np.arange(blocks)
    return _normal(philox(counter, key)).reshape(len(columns), blocks * _WORDS)[:, :draws]
