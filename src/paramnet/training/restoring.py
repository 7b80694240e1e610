"""States that have drifted aloft, made while the network learns, with the tendency that takes them back.

A coupled network can warm or moisten the top of the model until it knows nothing of where it is: the teacher never went there.
White noise alone (``input_noise``) teaches it not to look; here the target is told of the disturbance, -disturbance / time, so
that what it learns is to return. Where a disturbance looks like weather the data outweigh it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.normalization.selection import REFERENCE_PRESSURE
from paramnet.store import ColumnStatistics
from paramnet.training.trainer_config import RestoringConfig

SECONDS_PER_DAY = 86400.0
TENDENCY = "tendency_of_"


class Restoring(nn.Module):
    """Disturbs the profiles whose tendencies the network gives, at levels above a pressure.

    Half of the variance is shared by these levels of a profile, half is each level's own. What was never negative stays so.
    ParamnetError where the contract has no such level or profile.
    """

    of_inputs: Tensor
    of_outputs: Tensor
    spread: Tensor
    floor: Tensor

    def __init__(self, config: RestoringConfig, contract: Contract, inputs: ColumnStatistics) -> None:
        super().__init__()
        self.config = config
        aloft = torch.as_tensor(contract.vertical_grid.pressure(REFERENCE_PRESSURE) < config.above).nonzero().flatten()
        names = [
            variable.name for variable in contract.inputs if variable.is_profile and TENDENCY + variable.name in contract.output_columns
        ]
        if not names or not len(aloft):
            raise ParamnetError(
                f"trainer.restoring: expected levels above {config.above:g} Pa and profiles with a {TENDENCY}… among the outputs in "
                f"contract {contract.name}, got {len(aloft)} levels and {names}; raise above, or set noise to 0"
            )
        self.profiles, self.levels = len(names), len(aloft)
        of_inputs = torch.cat([contract.input_columns[name].start + aloft for name in names])
        of_outputs = torch.cat([contract.output_columns[TENDENCY + name].start + aloft for name in names])
        lowest = torch.as_tensor(inputs.min)[of_inputs]
        for name, value in {
            "of_inputs": of_inputs,
            "of_outputs": of_outputs,
            "spread": torch.as_tensor(inputs.std)[of_inputs].float(),
            "floor": torch.where(lowest >= 0, 0.0, -torch.inf).float(),
        }.items():
            self.register_buffer(name, value, persistent=False)

    def forward(self, inputs: Tensor, outputs: Tensor, seed: int, step: int) -> tuple[Tensor, Tensor]:
        """(sample, n_in) and (sample, n_out) in contract units, disturbed as (seed, step) draw it."""
        generator = torch.Generator(device=inputs.device).manual_seed((seed * 2_000_003 + step) % 2**63)
        own = torch.randn((len(inputs), self.profiles, self.levels), generator=generator, device=inputs.device)
        shared = torch.randn((len(inputs), self.profiles, 1), generator=generator, device=inputs.device)
        noise = self.config.noise * (0.5**0.5) * (own + shared).flatten(1) * self.spread
        before = inputs[:, self.of_inputs]
        disturbed = torch.maximum(before + noise.to(inputs.dtype), self.floor.to(inputs.dtype))
        taken_back = (disturbed - before) / (self.config.days * SECONDS_PER_DAY)
        return (
            inputs.index_copy(1, self.of_inputs, disturbed),
            outputs.index_add(1, self.of_outputs, -taken_back.to(outputs.dtype)),
        )
