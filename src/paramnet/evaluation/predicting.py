"""Checked predictions of a scheme as NumPy arrays."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.evaluation.candidate import Candidate


@torch.inference_mode()
def predict(name: str, candidate: Candidate, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """inputs : (sample, n_in) -> (sample, n_out), contract units; raise ParamnetError if an output is not finite."""
    predicted = candidate.scheme(torch.from_numpy(inputs)).numpy().astype(np.float64)
    if not np.isfinite(predicted).all():
        sample, output = np.argwhere(~np.isfinite(predicted))[0]
        raise ParamnetError(
            f"{name} {candidate.path}",
            expected="finite outputs",
            got=f"{predicted[sample, output]} in column {output} of the output tensor",
            remedy="train again on inputs without fill values",
        )
    return predicted
