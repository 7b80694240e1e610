"""Inputs whose distribution hardly changes when the climate warms (Beucler et al. 2024, Science Advances 10, eadj7250).

The third input of that paper, relative humidity, is ``column_physics.RelativeHumidityOverLiquid``. With ``heating`` and ``moistening``
(tendencies so far) all of them use the state that the host would have at the end of the step.
"""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.physics import gas_constants
from paramnet.scheme.normalization.column_physics import _column, _Parcel


class PlumeBuoyancy(nn.Module):
    """Buoyancy of a plume rising from the lowest level with constant moist static energy, m s-2, clipped to [-30, 3].

    B = g (h_s - h*) / (kappa cp T), with h_s = cp T_s + Lv q_s at the lowest level, h* = cp T + phi + Lv q_sat(T, p) at each
    level, kappa = 1 + Lv^2 q_sat / (Rv cp T^2). phi is the geopotential above the lowest level, from Tv = T (1 + (Rv / Rd - 1) q)
    by the trapezoidal rule in ln p. Replaces temperature. (column, n_in) -> (column, level).
    """

    uncertainty = (0.02,)  # 0.5 K

    def __init__(
        self, contract: Contract, temperature: str, humidity: str, heating: str | None = None, moistening: str | None = None
    ) -> None:
        super().__init__()
        self.parcel = _Parcel(contract, "plume_buoyancy", temperature, humidity, heating, moistening)
        constants = contract.constants
        self.gravity: float = constants["gravity"]
        self.cp: float = constants["specific_heat_of_dry_air"]
        self.latent_heat: float = constants["latent_heat_of_vaporization"]
        self.gas_constant: float = constants["gas_constant_of_dry_air"]
        dry_air, self.vapour_constant = gas_constants(contract)
        self.lightness: float = self.vapour_constant / dry_air - 1.0  # of vapour, relative to dry air

    def forward(self, x: Tensor) -> Tensor:
        temperature, humidity, saturation = self.parcel(x)
        logarithm = torch.log(self.parcel.pressure(x))
        virtual = temperature * (1.0 + self.lightness * humidity)
        # Below the lowest level the level itself is used, with zero thickness, so its geopotential is zero.
        thickness = torch.cat([logarithm[:, 1:], logarithm[:, -1:]], dim=1) - logarithm
        step = 0.5 * self.gas_constant * (virtual + torch.cat([virtual[:, 1:], virtual[:, -1:]], dim=1)) * thickness
        geopotential = torch.flip(torch.cumsum(torch.flip(step, [1]), 1), [1])
        environment = self.cp * temperature + geopotential + self.latent_heat * saturation
        plume = self.cp * temperature[:, -1:] + self.latent_heat * humidity[:, -1:]
        kappa = 1.0 + self.latent_heat * self.latent_heat * saturation / (self.vapour_constant * self.cp * temperature * temperature)
        return torch.clamp(self.gravity * (plume - environment) / (kappa * self.cp * temperature), -30.0, 3.0)


class ScaledLatentHeatFlux(nn.Module):
    """Latent heat flux divided by the saturation deficit at the lowest level: E / (Lv max(q_sat - q, floor)), kg m-2 s-1.

    ``floor`` (kg kg-1, default 1e-3) keeps it finite in saturated air. Replaces the flux. (column, n_in) -> (column, 1).
    """

    def __init__(
        self,
        contract: Contract,
        temperature: str,
        humidity: str,
        flux: str,
        heating: str | None = None,
        moistening: str | None = None,
        floor: float = 1e-3,
    ) -> None:
        super().__init__()
        self.parcel = _Parcel(contract, "scaled_latent_heat_flux", temperature, humidity, heating, moistening)
        self.flux: tuple[int, int] = _column(contract, flux, "scaled_latent_heat_flux")
        self.latent_heat: float = contract.constants["latent_heat_of_vaporization"]
        self.floor: float = floor

    def forward(self, x: Tensor) -> Tensor:
        _, humidity, saturation = self.parcel(x)
        deficit = torch.clamp(saturation[:, -1:] - humidity[:, -1:], min=self.floor)
        return x[:, self.flux[0] : self.flux[1]] / (self.latent_heat * deficit)
