"""Column budgets closed exactly: what condenses leaves the vapour and heats the air."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.constraints.lookup import Columns, input_profile, output_profile
from paramnet.constraints.mass import LayerMass
from paramnet.contract import Contract


def without_residual(field: Tensor, residual: Tensor, weight: Tensor, mass: Tensor) -> Tensor:
    """``field`` less what makes sum field x mass exceed its due by ``residual``, taken out in proportion to ``weight`` >= 0.

    field, weight, mass : (column, level); residual : (column, 1); all float64, so that only the rounding of the outputs
    themselves is left. 1e-40 keeps 0/0 out of columns where nothing happens, and is far below the turnover of any other.
    """
    capacity = (weight * mass).sum(dim=1, keepdim=True) + 1e-40
    return field - weight * (residual / capacity)


def with_columns(outputs: Tensor, columns: Columns, field: Tensor) -> Tensor:
    """``outputs`` : (column, n_out) with ``field`` in the place of these columns, in their own dtype."""
    return torch.cat([outputs[:, : columns[0]], field.to(outputs.dtype), outputs[:, columns[1] :]], dim=1)


class ColumnWaterClosure(nn.Module):
    """Column vapour lost equals rain made: sum dq dp/g = - sum P dp/g.

    The residual R = sum (dq + P) dp/g is taken out of dq in proportion to |dq| + |P|, level by level. As |R| cannot
    exceed the integral of that weight, no level is changed by more than its own |dq| + |P|, and levels (or whole
    columns) where the scheme does nothing stay untouched. Closes to the rounding of the outputs (float32: < 1e-6 of the
    integral of absolute tendencies).

    tendency : output dq/dt, kg kg-1 s-1, positive moistens; sink : output P, kg kg-1 s-1, positive makes rain.
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
        """R : (column, 1), kg m-2 s-1, float64, positive where vapour is made from nothing."""
        gained = outputs[:, self.q[0] : self.q[1]].double() + outputs[:, self.p[0] : self.p[1]].double()
        return (gained * self.mass.exact(inputs)).sum(dim=1, keepdim=True)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        moistening, rain = outputs[:, self.q[0] : self.q[1]].double(), outputs[:, self.p[0] : self.p[1]].double()
        weight = moistening.abs() + rain.abs()
        closed = without_residual(moistening, self.residual(inputs, outputs), weight, self.mass.exact(inputs))
        return with_columns(outputs, self.q, closed)


class ColumnEnthalpyClosure(nn.Module):
    """Heat gained equals latent heat released: sum cp dT dp/g = Lv sum P dp/g.

    cp = cp_dry (1 + (cp_vapour / cp_dry - 1) q) where ``humidity`` names the input q and the contract gives
    ``specific_heat_of_water_vapour``; dry otherwise. The residual is taken out of dT in proportion to |dT| + Lv |P| / cp,
    bounded and local as in ColumnWaterClosure.

    heating : output dT/dt, K s-1; condensation : output P, kg kg-1 s-1, positive releases heat.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, heating: str, condensation: str, humidity: str | None = None) -> None:
        super().__init__()
        self.mass = LayerMass(contract)
        self.t: Columns = output_profile(contract, heating, "ColumnEnthalpyClosure")
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
        """Heat that came from nowhere : (column, 1), W m-2, float64."""
        heat = outputs[:, self.t[0] : self.t[1]].double() * self.heat_capacity(inputs)
        release = self.latent_heat * outputs[:, self.p[0] : self.p[1]].double() * self.mass.exact(inputs)
        return (heat - release).sum(dim=1, keepdim=True)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        capacity = self.heat_capacity(inputs)
        heating = outputs[:, self.t[0] : self.t[1]].double()
        warming = self.latent_heat * outputs[:, self.p[0] : self.p[1]].double() * self.mass.exact(inputs) / capacity
        closed = without_residual(heating, self.residual(inputs, outputs), heating.abs() + warming.abs(), capacity)
        return with_columns(outputs, self.t, closed)
