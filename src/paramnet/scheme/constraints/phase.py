"""Partition of cloud water into liquid and ice by temperature."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.constraints.closure import with_columns
from paramnet.scheme.constraints.lookup import Columns, input_profile, output_heating, output_profile


class LiquidIcePartition(nn.Module):
    """Sets the liquid share of cloud water after the step to that given by temperature (Hu et al. 2024).

    dl = (w c - l) / dt, di = ((1 - w) c - i) / dt, with c = max(l + i + (dl + di) dt, 0) and the liquid share
    w = min(max((T + dT dt - T_ice) / (T_liquid - T_ice), 0), 1). The defaults of ``all_ice`` T_ice and ``all_liquid`` T_liquid,
    K, are those of SAM and E3SM-MMF. The sum dl + di, hence column water, is conserved unless the step would make c negative.
    Latent heat of freezing is not conserved, so close the energy budget after this layer.

    liquid, ice : outputs dl/dt and di/dt, kg kg-1 s-1; cloud_liquid, cloud_ice : inputs l and i, kg kg-1; temperature :
    input T, K; heating : output dT/dt, K s-1 (without it the temperature before the step is used).
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(
        self,
        contract: Contract,
        liquid: str,
        ice: str,
        cloud_liquid: str,
        cloud_ice: str,
        temperature: str,
        heating: str | None = None,
        all_ice: float = 253.16,
        all_liquid: float = 273.16,
    ) -> None:
        super().__init__()
        name = "LiquidIcePartition"
        self.dl: Columns = output_profile(contract, liquid, name)
        self.di: Columns = output_profile(contract, ice, name)
        self.l: Columns = input_profile(contract, cloud_liquid, name)
        self.i: Columns = input_profile(contract, cloud_ice, name)
        self.t: Columns = input_profile(contract, temperature, name)
        self.advanced: bool = heating is not None
        self.dt: Columns = output_heating(contract, heating, name) if heating else (0, 0)
        if not all_ice < all_liquid:
            raise ParamnetError(
                name, expected="all_ice < all_liquid in K", got=f"{all_ice} and {all_liquid}", remedy="correct `constraints`"
            )
        self.all_ice: float = all_ice
        self.width: float = all_liquid - all_ice
        self.interval: float = contract.tendency_interval

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        temperature = inputs[:, self.t[0] : self.t[1]].double()
        if self.advanced:
            temperature = temperature + self.interval * outputs[:, self.dt[0] : self.dt[1]].double()
        share = torch.clamp((temperature - self.all_ice) / self.width, 0.0, 1.0)
        liquid, ice = inputs[:, self.l[0] : self.l[1]].double(), inputs[:, self.i[0] : self.i[1]].double()
        change = outputs[:, self.dl[0] : self.dl[1]].double() + outputs[:, self.di[0] : self.di[1]].double()
        cloud = torch.relu(liquid + ice + self.interval * change)
        partitioned = with_columns(outputs, self.dl, (share * cloud - liquid) / self.interval)
        return with_columns(partitioned, self.di, ((1.0 - share) * cloud - ice) / self.interval)
