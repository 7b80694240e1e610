"""Perturbed upper-level states in training, with restoring tendencies as targets, against drift in coupled runs.

A coupled network can warm or moisten the top of the model until the state is outside the training data. White noise alone
(``input_noise``) only teaches the network to ignore such inputs. Here -perturbation / time is added to the target, so the
network learns to return. Where a perturbation resembles weather the data outweigh it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import REFERENCE_PRESSURE, SECONDS_PER_DAY
from paramnet.store import ColumnStatistics
from paramnet.training.trainer_config import RestoringConfig

TENDENCY = "tendency_of_"


class Restoring(nn.Module):
    """Perturbs the profiles whose tendencies the network predicts, at pressures below ``above`` (Pa).

    Half of the variance is common to these levels of a profile, half is independent at each level. Inputs that were never
    negative stay so. Raises ParamnetError if the contract has no such level or profile.
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
                "trainer.restoring",
                expected=f"levels at pressures below {config.above:g} Pa, and input profiles with an output {TENDENCY}…",
                got=f"{len(aloft)} levels and {names}",
                where=f"contract {contract.name}",
                remedy="raise trainer.restoring.above, or set trainer.restoring.noise=0",
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
        """Inputs (sample, n_in) and outputs (sample, n_out) in contract units, with the perturbation drawn from (seed, step)."""
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
