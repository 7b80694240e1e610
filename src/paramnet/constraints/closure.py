"""Column budgets closed exactly: what condenses leaves the vapour and heats the air."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.constraints.lookup import input_slice, output_slice, require_profile
from paramnet.constraints.mass import LayerMass
from paramnet.contract import Contract


def close_column(field: Tensor, source: Tensor, weight: Tensor, mass: Tensor) -> Tensor:
    """``field`` with sum field x mass = sum source x mass, the residual taken out in proportion to ``weight`` >= 0.

    All (column, level). Two passes: the second takes out the rounding of the first. 1e-20 keeps 0/0 out of columns
    where nothing happens, and is far below the turnover of any other in SI units.
    """
    capacity = (weight * mass).sum(dim=1, keepdim=True) + 1e-20
    for _ in range(2):
        residual = ((field - source) * mass).sum(dim=1, keepdim=True)
        field = field - weight * (residual / capacity)
    return field


class ColumnWaterClosure(nn.Module):
    """Column vapour lost equals rain made: sum dq dp/g = - sum P dp/g.

    The residual R = sum (dq + P) dp/g is taken out of dq in proportion to |dq| + |P|, level by level. As |R| cannot
    exceed the integral of that weight, no level is changed by more than its own |dq| + |P|, and levels (or whole
    columns) where the scheme does nothing stay untouched. Closes to the rounding of the sum (float32: < 1e-6 of the
    integral of absolute tendencies).

    tendency : output dq/dt, kg kg-1 s-1, positive moistens; sink : output P, kg kg-1 s-1, positive makes rain.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, tendency: str, sink: str) -> None:
        super().__init__()
        self.mass = LayerMass(contract)
        q, p = (output_slice(contract, name, "ColumnWaterClosure") for name in (tendency, sink))
        require_profile(contract, q, tendency, "ColumnWaterClosure")
        require_profile(contract, p, sink, "ColumnWaterClosure")
        self.q_start: int = q.start
        self.q_stop: int = q.stop
        self.p_start: int = p.start
        self.p_stop: int = p.stop

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        mass = self.mass(inputs)
        moistening = outputs[:, self.q_start : self.q_stop]
        rain = outputs[:, self.p_start : self.p_stop]
        closed = close_column(moistening, -rain, moistening.abs() + rain.abs(), mass)
        return torch.cat([outputs[:, : self.q_start], closed, outputs[:, self.q_stop :]], dim=1)


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
        t, p = (output_slice(contract, name, "ColumnEnthalpyClosure") for name in (heating, condensation))
        require_profile(contract, t, heating, "ColumnEnthalpyClosure")
        require_profile(contract, p, condensation, "ColumnEnthalpyClosure")
        self.t_start: int = t.start
        self.t_stop: int = t.stop
        self.p_start: int = p.start
        self.p_stop: int = p.stop
        q = input_slice(contract, humidity, "ColumnEnthalpyClosure") if humidity else slice(0, 0)
        if humidity:
            require_profile(contract, q, humidity, "ColumnEnthalpyClosure")
        self.moist: bool = humidity is not None
        self.q_start: int = q.start
        self.q_stop: int = q.stop
        constants = contract.constants
        self.cp_dry: float = constants["specific_heat_of_dry_air"]
        self.cp_excess: float = constants["specific_heat_of_water_vapour"] - self.cp_dry if self.moist else 0.0
        self.latent_heat: float = constants["latent_heat_of_vaporization"]

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        mass = self.mass(inputs)
        heating = outputs[:, self.t_start : self.t_stop]
        release = self.latent_heat * outputs[:, self.p_start : self.p_stop]
        cp = self.cp_dry + self.cp_excess * inputs[:, self.q_start : self.q_stop] if self.moist else torch.full_like(mass, self.cp_dry)
        warming = release / cp
        closed = close_column(heating, warming, heating.abs() + warming.abs(), mass * cp)
        return torch.cat([outputs[:, : self.t_start], closed, outputs[:, self.t_stop :]], dim=1)
