"""Moist thermodynamics of the input column as torch layers: humidity, buoyancy, moisture supply."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import REFERENCE_PRESSURE, gas_constants
from paramnet.physics.saturation import saturation_specific_humidity


def _profile(contract: Contract, name: str, feature: str) -> tuple[int, int]:
    """First and one-past-last column of an input profile. Raises ParamnetError listing the input profiles."""
    profiles = [variable.name for variable in contract.inputs if variable.is_profile]
    if name not in profiles:
        expected = f"an input profile of contract {contract.name} ({profiles})"
        raise ParamnetError(f"feature {feature}", expected=expected, got=repr(name), remedy="correct `features`")
    columns = contract.input_columns[name]
    return columns.start, columns.stop


def _column(contract: Contract, name: str, feature: str) -> tuple[int, int]:
    """First and one-past-last column of a single-level input. Raises ParamnetError listing the single-level inputs."""
    singles = [variable.name for variable in contract.inputs if not variable.is_profile]
    if name not in singles:
        expected = f"a single-level input of contract {contract.name} ({singles})"
        raise ParamnetError(f"feature {feature}", expected=expected, got=repr(name), remedy="correct `features`")
    columns = contract.input_columns[name]
    return columns.start, columns.stop


class _Parcel(nn.Module):
    """Temperature, specific humidity and saturation humidity at the end of the step, from state and tendencies so far."""

    a: Tensor
    b: Tensor

    def __init__(
        self, contract: Contract, feature: str, temperature: str, humidity: str, heating: str | None, moistening: str | None
    ) -> None:
        super().__init__()
        self.t: tuple[int, int] = _profile(contract, temperature, feature)
        self.q: tuple[int, int] = _profile(contract, humidity, feature)
        self.advanced: bool = heating is not None and moistening is not None
        self.dt: tuple[int, int] = _profile(contract, heating, feature) if heating else (0, 0)
        self.dq: tuple[int, int] = _profile(contract, moistening, feature) if moistening else (0, 0)
        self.interval: float = contract.tendency_interval
        dry_air, vapour = gas_constants(contract)
        self.gas_constant_ratio: float = dry_air / vapour
        pressure = contract.input_columns[contract.surface_pressure_name]
        self.ps: tuple[int, int] = (pressure.start, pressure.stop)
        self.register_buffer("a", torch.tensor(contract.vertical_grid.a_mid, dtype=torch.float32), persistent=False)
        self.register_buffer("b", torch.tensor(contract.vertical_grid.b_mid, dtype=torch.float32), persistent=False)

    def surface_pressure(self, x: Tensor) -> Tensor:
        return x[:, self.ps[0] : self.ps[1]]

    def pressure(self, x: Tensor) -> Tensor:
        return self.a + self.b * self.surface_pressure(x)

    def saturation(self, temperature: Tensor, pressure: Tensor) -> Tensor:
        return saturation_specific_humidity(temperature, pressure, self.gas_constant_ratio)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        temperature, humidity = x[:, self.t[0] : self.t[1]], x[:, self.q[0] : self.q[1]]
        if self.advanced:
            temperature = temperature + self.interval * x[:, self.dt[0] : self.dt[1]]
            humidity = humidity + self.interval * x[:, self.dq[0] : self.dq[1]]
        return temperature, humidity, self.saturation(temperature, self.pressure(x))


class RelativeHumidityOverLiquid(nn.Module):
    """Humidity over its saturation value over liquid water, clipped to [-0.5, 2]; (column, n_in) -> (column, level), dimensionless.

    With ``heating`` and ``moistening`` (tendencies so far) the state is that of the host at the end of the step.
    """

    uncertainty = (0.05,)  # of radiosondes in the troposphere; larger above

    def __init__(
        self, contract: Contract, temperature: str, humidity: str, heating: str | None = None, moistening: str | None = None
    ) -> None:
        super().__init__()
        self.parcel = _Parcel(contract, "relative_humidity_over_liquid", temperature, humidity, heating, moistening)

    def forward(self, x: Tensor) -> Tensor:
        _, humidity, saturation = self.parcel(x)
        return torch.clamp(humidity / saturation, -0.5, 2.0)


class MoistBuoyancy(nn.Module):
    """Moist static energy of the lowest level minus the saturated one of each level, in 1e4 J kg-1, clipped to [-10, 3].

    Positive where a parcel lifted from the lowest level is buoyant. (column, n_in) -> (column, level).
    """

    uncertainty = (0.05,)  # 0.5 K
    thickness: Tensor

    def __init__(
        self, contract: Contract, temperature: str, humidity: str, heating: str | None = None, moistening: str | None = None
    ) -> None:
        super().__init__()
        self.parcel = _Parcel(contract, "moist_buoyancy", temperature, humidity, heating, moistening)
        constants = contract.constants
        self.cp: float = constants["specific_heat_of_dry_air"]
        self.latent_heat: float = constants["latent_heat_of_vaporization"]
        # Layer thickness in ln p at a reference surface pressure: exact on sigma levels, approximate on hybrid ones.
        interfaces = np.maximum(contract.vertical_grid.interface_pressure(REFERENCE_PRESSURE), 1.0e2)
        thickness = constants["gas_constant_of_dry_air"] * np.diff(np.log(interfaces))
        self.register_buffer("thickness", torch.tensor(thickness, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        temperature, humidity, saturation = self.parcel(x)
        step = temperature * self.thickness
        # Geopotential above the lowest level: all layers between, plus half of both end layers.
        above = torch.flip(torch.cumsum(torch.flip(step, [1]), 1), [1]) - 0.5 * step - 0.5 * step[:, -1:]
        warmer = self.cp * (temperature[:, -1:] - temperature)
        moister = self.latent_heat * (humidity[:, -1:] - saturation)
        return torch.clamp((warmer + moister - above) * 1.0e-4, -10.0, 3.0)


class ColumnSum(nn.Module):
    """Mass-weighted column mean of the sum of one or two input profiles; (column, n_in) -> (column, 1), in their unit.

    ``first``, ``second`` : input profiles of one unit, such as the moisture supply by advection and by the boundary layer.
    """

    weight: Tensor

    def __init__(self, contract: Contract, first: str, second: str | None = None) -> None:
        super().__init__()
        self.first: tuple[int, int] = _profile(contract, first, "column_sum")
        self.second: tuple[int, int] = _profile(contract, second, "column_sum") if second else self.first
        self.scale: float = 1.0 if second else 0.5
        thickness = contract.vertical_grid.pressure_thickness(REFERENCE_PRESSURE)
        self.register_buffer("weight", torch.tensor(thickness / thickness.sum(), dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        total = x[:, self.first[0] : self.first[1]] + x[:, self.second[0] : self.second[1]]
        return self.scale * (total * self.weight).sum(dim=1, keepdim=True)


class LiftedParcel(nn.Module):
    """Buoyancy and saturation at each level of air lifted dry-adiabatically from the level below.

    Below the lowest level is the surface (``surface_temperature``, ``surface_humidity``). Returns T_lifted - T, K, clipped to
    +-50, for each level, then q_below / q_saturation(T_lifted), clipped to [-0.5, 3]: (column, n_in) -> (column, 2 level).
    """

    uncertainty = (0.5, 0.05)

    def __init__(
        self,
        contract: Contract,
        temperature: str,
        humidity: str,
        surface_temperature: str,
        surface_humidity: str,
        heating: str | None = None,
        moistening: str | None = None,
    ) -> None:
        super().__init__()
        self.parcel = _Parcel(contract, "lifted_parcel", temperature, humidity, heating, moistening)
        self.surface_t: tuple[int, int] = _column(contract, surface_temperature, "lifted_parcel")
        self.surface_q: tuple[int, int] = _column(contract, surface_humidity, "lifted_parcel")
        constants = contract.constants
        self.kappa: float = constants["gas_constant_of_dry_air"] / constants["specific_heat_of_dry_air"]

    def forward(self, x: Tensor) -> Tensor:
        temperature, humidity, _ = self.parcel(x)
        pressure, surface_pressure = self.parcel.pressure(x), self.parcel.surface_pressure(x)
        below = torch.cat([temperature[:, 1:], x[:, self.surface_t[0] : self.surface_t[1]]], dim=1)
        moisture = torch.cat([humidity[:, 1:], x[:, self.surface_q[0] : self.surface_q[1]]], dim=1)
        lifted = below * torch.pow(pressure / torch.cat([pressure[:, 1:], surface_pressure], dim=1), self.kappa)
        saturation = self.parcel.saturation(lifted, pressure)
        return torch.cat([torch.clamp(lifted - temperature, -50.0, 50.0), torch.clamp(moisture / saturation, -0.5, 3.0)], dim=1)


class SignedLogarithm(nn.Module):
    """sign(s) ln(1 + |s| / scale) of the sum s of one or two input profiles, which resolves small values next to large ones.

    ``scale`` is in the unit of the profiles; (column, n_in) -> (column, level), dimensionless.
    """

    def __init__(self, contract: Contract, first: str, second: str | None = None, scale: str = "1e-9") -> None:
        super().__init__()
        self.first: tuple[int, int] = _profile(contract, first, "signed_logarithm")
        self.has_second: bool = second is not None
        self.second: tuple[int, int] = _profile(contract, second, "signed_logarithm") if second else self.first
        self.inverse_scale: float = 1.0 / float(scale)

    def forward(self, x: Tensor) -> Tensor:
        total = x[:, self.first[0] : self.first[1]]
        if self.has_second:
            total = total + x[:, self.second[0] : self.second[1]]
        return torch.sign(total) * torch.log1p(total.abs() * self.inverse_scale)
