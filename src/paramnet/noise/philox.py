"""Philox 4x32-10, a counter-based random number generator (Salmon et al. 2011, Proc. SC11, 10.1145/2063384.2063405)."""

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 10
_MULTIPLIERS = np.array([0xD2511F53, 0xCD9E8D57], np.uint64)
_KEY_STEPS = np.array([0x9E3779B9, 0xBB67AE85], np.uint32)
_WORD = np.uint64(32)


def philox(counter: NDArray[np.uint32], key: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Four random words for each counter.

    counter : uint32 (..., 4); key : uint32 (..., 2), broadcast against the counter. Returns uint32 (..., 4), uniform on all words.
    """
    counter, key = np.asarray(counter, np.uint32), np.asarray(key, np.uint32)
    for _ in range(_ROUNDS):
        product = counter[..., ::2].astype(np.uint64) * _MULTIPLIERS
        high, low = (product >> _WORD).astype(np.uint32), product.astype(np.uint32)
        counter = np.stack([high[..., 1] ^ counter[..., 1] ^ key[..., 0], low[..., 1],
                            high[..., 0] ^ counter[..., 3] ^ key[..., 1], low[..., 0]], axis=-1)  # fmt: skip
        key = key + _KEY_STEPS  # modulo 2**32
    return counter
