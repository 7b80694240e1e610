"""Checked predictions of a scheme as NumPy arrays."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.evaluation.candidate import Candidate
from paramnet.exporting.unrolling import unroll
from paramnet.noise import standard_normal


@torch.inference_mode()
def predict(name: str, candidate: Candidate, inputs: NDArray[np.float32], random: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """inputs : (sample, n_in) -> (sample, n_out), contract units; raise ParamnetError if an output is not finite.

    A scheme with memory is unrolled over whole sequences of samples. random : (sample, random_numbers), of a stochastic scheme;
    None for zeros.
    """
    given = np.zeros((len(inputs), candidate.random_numbers), np.float32) if random is None else random
    if candidate.memory:
        x, numbers = torch.from_numpy(inputs), torch.from_numpy(given)
        predicted = unroll(candidate.scheme, x, numbers, candidate.memory, candidate.length)[0].numpy().astype(np.float64)
    else:
        complete = np.concatenate([inputs, given], axis=1) if candidate.random_numbers else inputs
        predicted = candidate.scheme(torch.from_numpy(complete)).numpy().astype(np.float64)
    if not np.isfinite(predicted).all():
        sample, output = np.argwhere(~np.isfinite(predicted))[0]
        raise ParamnetError(
            f"{name} {candidate.path}",
            expected="finite outputs",
            got=f"{predicted[sample, output]} in column {output} of the output tensor",
            remedy="train again on inputs without fill values",
        )
    return predicted


def draws_of(
    name: str, candidate: Candidate, inputs: NDArray[np.float32], samples: NDArray[np.integer], draws: int
) -> list[NDArray[np.float64]]:
    """Outputs (sample, n_out) of a stochastic scheme for each draw; they depend on the numbers of the samples, not on chunks.

    samples : (sample), in the split.
    """
    numbers = (standard_normal(0, 0, draw, samples, candidate.random_numbers) for draw in range(draws))
    return [predict(name, candidate, inputs, random) for random in numbers]
