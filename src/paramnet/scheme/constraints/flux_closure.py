"""Closure of column budgets with the fluxes at the top and bottom of the column."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.constraints.closure import with_columns, without_residual
from paramnet.scheme.constraints.fluxes import FluxReader, Term
from paramnet.scheme.constraints.lookup import Columns, constant, input_profile, output_heating, output_profile
from paramnet.scheme.constraints.mass import LayerMass


def net_flux(inputs: Tensor, outputs: Tensor, terms: list[Term]) -> Tensor:
    """Sum of the terms : (column, 1), float64, positive into the column; zero without terms."""
    total = torch.zeros_like(inputs[:, :1], dtype=torch.float64)
    for from_outputs, column, factor in terms:
        if from_outputs:
            total = total + factor * outputs[:, column : column + 1].double()
        else:
            total = total + factor * inputs[:, column : column + 1].double()
    return total


class ColumnWaterFluxClosure(nn.Module):
    """Column gain of water equals evaporation minus precipitation: sum (dq + dl + di) dp/g = E - P.

    The residual is subtracted from dq in proportion to |dq| + |dl| + |di| + |E - P| q / sum q dp/g. The share of the fluxes is
    proportional to the vapour at a level, so the dry stratosphere stays dry.

    tendency, liquid, ice : outputs dq/dt, dl/dt, di/dt, kg kg-1 s-1; humidity : input q, kg kg-1; precipitation : output,
    kg m-2 s-1 or m s-1 of water, rain and snow together; evaporation : input, kg m-2 s-1 or W m-2 of latent heat (omitted if
    the host adds it). forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    condensates: list[Columns]
    fluxes: list[Term]

    def __init__(
        self,
        contract: Contract,
        tendency: str,
        humidity: str,
        precipitation: str,
        liquid: str | None = None,
        ice: str | None = None,
        evaporation: str | None = None,
    ) -> None:
        super().__init__()
        name = "ColumnWaterFluxClosure"
        self.mass = LayerMass(contract)
        self.dq: Columns = output_profile(contract, tendency, name)
        self.q: Columns = input_profile(contract, humidity, name)
        self.condensates = [output_profile(contract, given, name) for given in (liquid, ice) if given]
        fluxes = FluxReader(contract, name, "kg m-2 s-1")
        self.fluxes = [fluxes.output(precipitation, enters="upward")]
        if evaporation:
            self.fluxes.append(fluxes.upward_at_surface(evaporation))
        self.adjusted: str = tendency
        self.watts: float = contract.constants["latent_heat_of_vaporization"]

    def residual(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Gain of water minus net flux : (column, 1), kg m-2 s-1, float64."""
        gained = outputs[:, self.dq[0] : self.dq[1]].double()
        for first, last in self.condensates:
            gained = gained + outputs[:, first:last].double()
        return (gained * self.mass.exact(inputs)).sum(dim=1, keepdim=True) - net_flux(inputs, outputs, self.fluxes)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        mass = self.mass.exact(inputs)
        moistening = outputs[:, self.dq[0] : self.dq[1]].double()
        vapour = torch.relu(inputs[:, self.q[0] : self.q[1]].double())
        spread = vapour / ((vapour * mass).sum(dim=1, keepdim=True) + 1e-40)
        weight = moistening.abs() + net_flux(inputs, outputs, self.fluxes).abs() * spread
        for first, last in self.condensates:
            weight = weight + outputs[:, first:last].double().abs()
        return with_columns(outputs, self.dq, without_residual(moistening, self.residual(inputs, outputs), weight, mass))


class ColumnEnergyClosure(nn.Module):
    """Column gain of energy equals the net flux at top and bottom: sum (cp dT + Lv dq - Lf di + dK) dp/g = F.

    F = H + LE + (S_top - S_surface) + (L_top - L_surface) + Lf snow + fusion: surface fluxes of sensible and latent heat, net
    shortwave and longwave radiation, the latent heat of fusion released by snowfall, or all heat of fusion as one output.
    dK = u du + v dv + (du^2 + dv^2) dt / 2 is the change of kinetic energy over the step. Fluxes whose names are not given are
    zero; the direction of a flux is the contract's ``sign``. Without winds this is the closure of moist enthalpy (Beucler et al.
    2021).

    The residual is subtracted from dT in proportion to (|cp dT| + |Lv dq| + |Lf di| + |dK|) / cp + |F| / (cp sum dp/g), the
    last term only at levels with a pressure of at least ``top`` (Pa) for a surface pressure of 1e5 Pa.

    heating, moistening, ice, eastward_acceleration, northward_acceleration : output profiles; eastward_wind,
    northward_wind : input profiles; sensible, latent : inputs; shortwave_top, shortwave_surface, longwave_top,
    longwave_surface, fusion (W m-2), snowfall : outputs. forward : inputs (column, n_in), outputs (column, n_out), contract units
    -> (column, n_out).
    """

    spread: Tensor
    di: list[Columns]
    winds: list[tuple[Columns, Columns]]
    fluxes: list[Term]

    def __init__(
        self,
        contract: Contract,
        heating: str,
        moistening: str,
        ice: str | None = None,
        eastward_wind: str | None = None,
        eastward_acceleration: str | None = None,
        northward_wind: str | None = None,
        northward_acceleration: str | None = None,
        sensible: str | None = None,
        latent: str | None = None,
        shortwave_top: str | None = None,
        shortwave_surface: str | None = None,
        longwave_top: str | None = None,
        longwave_surface: str | None = None,
        snowfall: str | None = None,
        fusion: str | None = None,
        top: float = 0.0,
    ) -> None:
        super().__init__()
        name = "ColumnEnergyClosure"
        self.mass = LayerMass(contract)
        self.dt: Columns = output_heating(contract, heating, name)
        self.dq: Columns = output_profile(contract, moistening, name)
        self.cp: float = constant(contract, "specific_heat_of_dry_air", name)
        self.vaporization: float = constant(contract, "latent_heat_of_vaporization", name)
        self.fusion: float = constant(contract, "latent_heat_of_sublimation", name) - self.vaporization if ice or snowfall else 0.0
        self.di = [output_profile(contract, ice, name)] if ice else []
        winds = ((eastward_wind, eastward_acceleration), (northward_wind, northward_acceleration))
        self.winds = [
            (input_profile(contract, wind, name), output_profile(contract, change, name)) for wind, change in winds if wind and change
        ]
        fluxes = FluxReader(contract, name, "W m-2")
        self.fluxes = [fluxes.upward_at_surface(given) for given in (sensible, latent) if given]
        self.fluxes += [fluxes.output(given, enters="downward") for given in (shortwave_top, longwave_top, fusion) if given]
        self.fluxes += [fluxes.output(given, enters="upward") for given in (shortwave_surface, longwave_surface) if given]
        if snowfall:
            _, column, factor = fluxes.output(snowfall, enters="downward")
            self.fluxes.append((True, column, factor * self.fusion / self.vaporization))
        self.interval: float = contract.tendency_interval
        pressure = torch.tensor(contract.vertical_grid.pressure(1.0e5))
        self.register_buffer("spread", (pressure >= top).to(torch.float32), persistent=False)
        self.adjusted: str = heating
        self.watts: float = 1.0

    def turnover(self, inputs: Tensor, outputs: Tensor, absolute: bool) -> Tensor:
        """cp dT + Lv dq - Lf di + dK, or the sum of their absolute values : (column, level), W kg-1, float64."""
        heat = self.cp * outputs[:, self.dt[0] : self.dt[1]].double()
        vapour = self.vaporization * outputs[:, self.dq[0] : self.dq[1]].double()
        total = heat.abs() + vapour.abs() if absolute else heat + vapour
        for first, last in self.di:
            frozen = self.fusion * outputs[:, first:last].double()
            total = total + frozen.abs() if absolute else total - frozen
        for wind, change in self.winds:
            acceleration = outputs[:, change[0] : change[1]].double()
            kinetic = acceleration * (inputs[:, wind[0] : wind[1]].double() + 0.5 * self.interval * acceleration)
            total = total + kinetic.abs() if absolute else total + kinetic
        return total

    def residual(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Gain of energy minus net flux : (column, 1), W m-2, float64."""
        gained = (self.turnover(inputs, outputs, False) * self.mass.exact(inputs)).sum(dim=1, keepdim=True)
        return gained - net_flux(inputs, outputs, self.fluxes)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        mass = self.mass.exact(inputs)
        spread = self.spread.double() / (self.spread.double() * mass).sum(dim=1, keepdim=True)
        weight = self.turnover(inputs, outputs, True) + net_flux(inputs, outputs, self.fluxes).abs() * spread
        heating = outputs[:, self.dt[0] : self.dt[1]].double()
        closed = without_residual(heating, self.residual(inputs, outputs), weight / self.cp, mass * self.cp)
        return with_columns(outputs, self.dt, closed)
