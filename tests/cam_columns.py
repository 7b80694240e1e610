"""Real columns for networks of CAM 3: E3SM-MMF's state brought onto CAM's 30 levels."""

from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract

STEFAN_BOLTZMANN = 5.67e-8  # W m-2 K-4


def cam3_columns(shared_data: Path) -> NDArray[np.float64]:
    """(column, 93) in the order of contract cam3_keras, some 17,000 columns, each value exact in float32.

    They are the state before physics of the 60 E3SM-MMF files: temperature, vapour and meridional wind interpolated
    linearly in pressure from 60 levels to CAM's 30 at the column's own surface pressure, insolation as it is, surface
    temperature from the upward longwave flux of a black surface. Only columns whose surface pressure lies within the
    network's training range are taken: the network knows an aquaplanet, which has no mountains. Other values may lie
    outside its range, as in a first coupled run.
    """
    contract = Contract.from_yaml("cam3_keras")
    lowest = np.loadtxt(shared_data / "cam3_keras_net/inp_mins.txt", delimiter=",")[90]
    parts = [_file(path, contract, lowest) for path in sorted((shared_data / "climsim_low_res").glob("E3SM-MMF.mli.*.nc"))]
    return np.concatenate(parts).astype(np.float32).astype(np.float64)


def _file(path: Path, contract: Contract, lowest: float) -> NDArray[np.float64]:
    with netCDF4.Dataset(path) as data:
        names = ("state_t", "state_q0001", "state_v", "state_pmid", "state_ps", "pbuf_SOLIN", "cam_in_LWUP")
        read = {name: np.asarray(data[name][:], dtype=np.float64) for name in names}
    low = np.flatnonzero(read["state_ps"] > lowest)
    target = contract.vertical_grid.pressure(read["state_ps"])
    profiles = [
        np.stack([np.interp(target[column], read["state_pmid"][:, column], read[name][:, column]) for column in low])
        for name in ("state_t", "state_q0001", "state_v")
    ]
    surface = [read["state_ps"], read["pbuf_SOLIN"], (read["cam_in_LWUP"] / STEFAN_BOLTZMANN) ** 0.25]
    return np.concatenate([*profiles, np.stack([values[low] for values in surface], axis=1)], axis=1)
