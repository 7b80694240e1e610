"""Arrays on their way to the bridge: no masked values, and the options of their layout."""

import numpy as np

from paramnet.bridge.errors import BridgeError

_BOTTOM_FIRST, _CONVERT = 2, 4  # PARAMNET_ARRAY_*


def unmasked(name: str, array: np.ndarray) -> np.ndarray:
    """Return the array. Raises BridgeError if values are masked, since a masked element contains a fill value, not data."""
    if np.ma.is_masked(array):
        raise BridgeError(
            name,
            status=1,
            expected="an array without masked values",
            got=f"{np.ma.count_masked(array)} of {np.size(array)} masked",
            remedy="fill them with NaN: array.filled(numpy.nan)",
        )
    return array


def array_options(name: str, levels: str, convert: bool) -> int:
    """The sum of PARAMNET_ARRAY_* for an order of levels and a conversion of units."""
    if levels not in ("top_first", "bottom_first"):
        raise BridgeError(f"{name}, levels", status=1, expected="'top_first' or 'bottom_first'", got=repr(levels))
    return (_BOTTOM_FIRST if levels == "bottom_first" else 0) | (_CONVERT if convert else 0)
