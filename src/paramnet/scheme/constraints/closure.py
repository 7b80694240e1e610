"""Exact closure of column budgets: condensation removes vapour and heats the air."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.constraints.lookup import Columns, input_profile, output_heating, output_profile
from paramnet.scheme.constraints.mass import LayerMass


def without_residual(field: Tensor, residual: Tensor, weight: Tensor, mass: Tensor) -> Tensor:
    """Subtract ``residual`` from the column integral of ``field``: field - weight residual / sum(weight mass), weight >= 0.

    field, weight, mass : (column, level); residual : (column, 1). All are float64, so only the outputs are rounded. 1e-40 avoids
    0/0 in columns without tendencies, and is negligible in all others.
    """
    capacity = (weight * mass).sum(dim=1, keepdim=True) + 1e-40
    return field - weight * (residual / capacity)


def with_columns(outputs: Tensor, columns: Columns, field: Tensor) -> Tensor:
    """``outputs`` : (column, n_out) with these columns replaced by ``field``, in the dtype of ``outputs``."""
    return torch.cat([outputs[:, : columns[0]], field.to(outputs.dtype), outputs[:, columns[1] :]], dim=1)


class ColumnWaterClosure(nn.Module):
    """Column loss of vapour equals production of rain: sum dq dp/g = - sum P dp/g.

    The residual R = sum (dq + P) dp/g is subtracted from dq in proportion to |dq| + |P| at each level. As |R| cannot exceed the
    integral of that weight, no level changes by more than its |dq| + |P|, and levels without tendencies do not change. The
    budget closes to the rounding of the outputs (float32: < 1e-6 of the integral of absolute tendencies).

    tendency : output dq/dt, kg kg-1 s-1, positive moistens; sink : output P, kg kg-1 s-1, positive produces rain.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, tendency: str, sink: str) -> None:
        super().__init__()
        self.mass = LayerMass(contract)
        self.q: Columns = output_profile(contract, tendency, "ColumnWaterClosure")
        self.p: Columns = output_profile(contract, sink, "ColumnWaterClosure")
        self.adjusted: str = tendency
        self.watts: float = contract.constants["latent_heat_of_vaporization"]

    def residual(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """R : (column, 1), kg m-2 s-1, float64, positive if the column gains water."""
        gained = outputs[:, self.q[0] : self.q[1]].double() + outputs[:, self.p[0] : self.p[1]].double()
        return (gained * self.mass.exact(inputs)).sum(dim=1, keepdim=True)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        moistening, rain = outputs[:, self.q[0] : self.q[1]].double(), outputs[:, self.p[0] : self.p[1]].double()
        weight = moistening.abs() + rain.abs()
        closed = without_residual(moistening, self.residual(inputs, outputs), weight, self.mass.exact(inputs))
        return with_columns(outputs, self.q, closed)


class ColumnEnthalpyClosure(nn.Module):
    """Column heating equals latent heat release: sum cp dT dp/g = Lv sum P dp/g.

    cp = cp_dry (1 + (cp_vapour / cp_dry - 1) q) if ``humidity`` names the input q, which requires the constant
    ``specific_heat_of_water_vapour``; cp_dry otherwise. The residual is subtracted from dT in proportion to |dT| + Lv |P| / cp,
    bounded and local as in ColumnWaterClosure.

    heating : output dT/dt, K s-1; condensation : output P, kg kg-1 s-1, positive releases heat.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, heating: str, condensation: str, humidity: str | None = None) -> None:
        super().__init__()
        self.mass = LayerMass(contract)
        self.t: Columns = output_heating(contract, heating, "ColumnEnthalpyClosure")
        self.p: Columns = output_profile(contract, condensation, "ColumnEnthalpyClosure")
        self.moist: bool = humidity is not None
        self.q: Columns = input_profile(contract, humidity, "ColumnEnthalpyClosure") if humidity else (0, 0)
        constants = contract.constants
        self.cp_dry: float = constants["specific_heat_of_dry_air"]
        self.cp_excess: float = constants["specific_heat_of_water_vapour"] - self.cp_dry if self.moist else 0.0
        self.latent_heat: float = constants["latent_heat_of_vaporization"]
        self.adjusted: str = heating
        self.watts: float = 1.0

    def heat_capacity(self, inputs: Tensor) -> Tensor:
        """cp dp/g : (column, level), J m-2 K-1, float64."""
        mass = self.mass.exact(inputs)
        if self.moist:
            return mass * (self.cp_dry + self.cp_excess * inputs[:, self.q[0] : self.q[1]].double())
        return mass * self.cp_dry

    def residual(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Heating minus latent heat release : (column, 1), W m-2, float64."""
        heat = outputs[:, self.t[0] : self.t[1]].double() * self.heat_capacity(inputs)
        release = self.latent_heat * outputs[:, self.p[0] : self.p[1]].double() * self.mass.exact(inputs)
        return (heat - release).sum(dim=1, keepdim=True)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        capacity = self.heat_capacity(inputs)
        heating = outputs[:, self.t[0] : self.t[1]].double()
        warming = self.latent_heat * outputs[:, self.p[0] : self.p[1]].double() * self.mass.exact(inputs) / capacity
        closed = without_residual(heating, self.residual(inputs, outputs), heating.abs() + warming.abs(), capacity)
        return with_columns(outputs, self.t, closed)
