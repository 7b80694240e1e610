"""Targets of a run that learns from another scheme: a mixture of its outputs and those of the store."""

from __future__ import annotations

import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.scheme.adapter_config import AdapterConfig, Distilled
from paramnet.scheme.checkpoint import load_checkpoint
from paramnet.scheme.scheme import Scheme
from paramnet.store import Store


class Distillation:
    """share x outputs of the teacher + (1 - share) x true outputs (Hinton, Vinyals & Dean 2015, arXiv:1503.02531, for regression).

    It is no module, so that the teacher is neither trained nor saved. Called with inputs (sample, n_in) and outputs (sample, n_out),
    contract units; returns (sample, n_out).
    """

    def __init__(self, teacher: Scheme, share: float) -> None:
        self.teacher, self.share = teacher, share

    @classmethod
    def of(cls, config: AdapterConfig, store: Store) -> Distillation | None:
        """As configured; None for other runs. Raises ContractMismatch, or ParamnetError for a teacher with noise or memory."""
        if not isinstance(config, Distilled):
            return None
        teacher = load_checkpoint(config.teacher)
        store.require_contract(teacher.contract, f"adapters.teacher {config.teacher}")
        if teacher.scheme.noise or teacher.scheme.memory:
            got = "one with random numbers" if teacher.scheme.noise else "one with memory"
            raise ParamnetError("adapters.teacher", expected="a scheme without random numbers and memory", got=got, where=config.teacher)
        return cls(teacher.scheme, config.share)

    @torch.no_grad()
    def __call__(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        if next(self.teacher.buffers()).device != inputs.device:
            self.teacher.to(inputs.device)
        return torch.lerp(outputs, self.teacher(inputs).to(outputs.dtype), self.share)
