"""Water stays non-negative over the step."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.constraints.closure import with_columns
from paramnet.scheme.constraints.lookup import Columns, input_profile, output_heating, output_profile
from paramnet.scheme.constraints.mass import LayerMass

KEPT = 1.0e-6  # share of a level's water that is never removed; larger than the rounding of float32


class NonNegativeWater(nn.Module):
    """No level loses more water than it holds: q + dq dt >= 0, with the water of the column conserved.

    The deficit of a level, d = max(-(q + dq dt), 0), is filled from the levels with a surplus s = max(q + dq dt, 0), in
    proportion to s: dq + (d - s min(sum d dp/g / sum s dp/g, 1)) / dt. The column integral of dq is conserved, unless the
    complete column has a deficit, which is then added. Negative q counts as zero, so negative humidity of a host has no
    effect. With ``heating``, dT changes by -Lv / cp times the change of dq, which conserves cp dT + Lv dq at every level.

    tendency : output dq/dt, kg kg-1 s-1; water : input q, kg kg-1; heating : output dT/dt, K s-1.
    forward : inputs (column, n_in), outputs (column, n_out), contract units -> (column, n_out).
    """

    def __init__(self, contract: Contract, tendency: str, water: str, heating: str | None = None) -> None:
        super().__init__()
        self.mass = LayerMass(contract)
        self.dq: Columns = output_profile(contract, tendency, "NonNegativeWater")
        self.q: Columns = input_profile(contract, water, "NonNegativeWater")
        self.heats: bool = heating is not None
        self.dt: Columns = output_heating(contract, heating, "NonNegativeWater") if heating else (0, 0)
        constants = contract.constants
        self.cooling: float = constants["latent_heat_of_vaporization"] / constants["specific_heat_of_dry_air"]
        self.interval: float = contract.tendency_interval
        self.available: float = 1.0 - KEPT

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        mass = self.mass.exact(inputs)
        tendency = outputs[:, self.dq[0] : self.dq[1]].double()
        after = self.available * torch.relu(inputs[:, self.q[0] : self.q[1]].double()) + self.interval * tendency
        owed, surplus = torch.relu(-after), torch.relu(after)
        debt = (owed * mass).sum(dim=1, keepdim=True)
        share = torch.clamp(debt / ((surplus * mass).sum(dim=1, keepdim=True) + 1e-40), 0.0, 1.0)
        change = (owed - share * surplus) / self.interval
        limited = with_columns(outputs, self.dq, tendency + change)
        if self.heats:
            heating = outputs[:, self.dt[0] : self.dt[1]].double()
            limited = with_columns(limited, self.dt, heating - self.cooling * change)
        return limited
