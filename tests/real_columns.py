"""E3SM-MMF columns in contract climsim_v2, read directly from the files (real ones, or the sample), without paramnet's preprocessing."""

from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract

STEP = 1200.0  # s
BEFORE = {
    "air_temperature": "state_t",
    "specific_humidity": "state_q0001",
    "cloud_liquid_water": "state_q0002",
    "cloud_ice": "state_q0003",
    "eastward_wind": "state_u",
    "northward_wind": "state_v",
    "surface_air_pressure": "state_ps",
    "surface_upward_latent_heat_flux": "pbuf_LHFLX",
    "surface_upward_sensible_heat_flux": "pbuf_SHFLX",
}
CHANGE = {
    "tendency_of_air_temperature": "state_t",
    "tendency_of_specific_humidity": "state_q0001",
    "tendency_of_cloud_liquid_water": "state_q0002",
    "tendency_of_cloud_ice": "state_q0003",
    "tendency_of_eastward_wind": "state_u",
    "tendency_of_northward_wind": "state_v",
}
AFTER = {
    "surface_net_downward_shortwave_flux": "cam_out_NETSW",
    "snowfall_rate": "cam_out_PRECSC",
    "precipitation_rate": "cam_out_PRECC",
}


@cache
def real_columns(folder: Path, files: int = 6) -> tuple[Contract, NDArray[np.float32], NDArray[np.float32]]:
    """Contract climsim_v2, inputs : (column, 557) and true outputs : (column, 368) of some files over the year.

    Variables that no closure uses are zero.
    """
    contract = Contract.from_yaml("climsim_v2")
    paths = sorted(folder.glob("*.mli.*.nc"))
    inputs, outputs = [], []
    for path in paths[:: max(1, len(paths) // files)][:files]:
        with netCDF4.Dataset(path) as before, netCDF4.Dataset(str(path).replace(".mli.", ".mlo.")) as after:
            count = before["state_ps"].shape[-1]
            x, y = np.zeros((count, contract.n_in)), np.zeros((count, contract.n_out))
            for name, variable in BEFORE.items():
                x[:, contract.input_columns[name]] = np.asarray(before[variable][:]).T.reshape(count, -1)
            for name, variable in CHANGE.items():
                y[:, contract.output_columns[name]] = ((np.asarray(after[variable][:]) - np.asarray(before[variable][:])) / STEP).T
            for name, variable in AFTER.items():
                y[:, contract.output_columns[name]] = np.asarray(after[variable][:])[:, None]
        inputs.append(x)
        outputs.append(y)
    return contract, np.concatenate(inputs).astype(np.float32), np.concatenate(outputs).astype(np.float32)
