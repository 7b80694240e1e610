"""A scheme of a testbed run in torch, to compare the Fortran run with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.exporting import load_scheme
from paramnet.noise import standard_normal
from paramnet.testbeds.lorenz96 import Lorenz96


def run_scheme(path: Path, system: Lorenz96, initial: tuple[NDArray[np.float64], ...], steps: int, seed: int) -> NDArray[np.float64]:
    """X : (step, member, sector) before each step of the resolved system with a scheme.pt, as the Fortran program has it.

    initial : X and U of the step before, (member, sector). The scheme's TorchScript gets the same inputs, random numbers and state as
    from the library.
    """
    module, manifest = load_scheme(path)
    current, subgrid = map(torch.from_numpy, initial)
    size, records = current.numel(), []
    columns, draws = np.arange(size), int(manifest.get("random_numbers", 0))
    start = [value for variable in manifest.get("state", []) for value in variable["start"]]
    state = torch.tensor(start).expand(size, -1)
    with torch.no_grad():
        for step in range(steps):
            records.append(current)
            inputs = [*(current.roll(-offset, -1) for offset in range(system.sectors)), subgrid]
            rows = torch.stack(inputs, -1).reshape(size, -1).float()
            random = torch.from_numpy(standard_normal(seed, 0, step, columns, draws)) if draws else rows.new_zeros(size, 0)
            outputs = module(torch.cat([rows, state, random], 1))
            state, subgrid = outputs[:, 1:], outputs[:, 0].double().reshape(current.shape)
            current = system.resolved_step(current, subgrid)
    return torch.stack(records).numpy()
