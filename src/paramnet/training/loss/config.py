"""Configuration of the loss: what all kinds share, and each kind with its penalty."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn

from paramnet.contract import require
from paramnet.parts import Kind
from paramnet.scheme.constraints import CLOSURE_KINDS, ConstraintConfig
from paramnet.scheme.networks.head import Head
from paramnet.training.loss.penalties import (
    AbsoluteError,
    EnsembleCrps,
    GaussianCrps,
    GaussianLikelihood,
    Huber,
    Pinball,
    SquaredError,
    VelocityError,
)

BALANCES = ("none", "variable", "column")


@dataclass
class LossConfig(Kind, key="loss"):
    """Error in W m-2, with the level masses of each sample. The ``kind`` is the penalty on the error of an output.

    ``balance``: ``none`` is plain W m-2, ``variable`` gives each variable the same variance, ``column`` each output column.
    ``weights``: factors on the loss of variables, by contract name. ``area_weighted`` weights samples by the area they represent.
    ``inactive_weight`` weights samples in which the teacher does nothing: every output whose weight is not 0 is exactly zero.
    ``draws``: outputs drawn of a stochastic scheme for each sample (``model.noise``).
    ``bias_rate`` > 0 keeps the mean error of every output over the training data at zero, for any kind
    (``training.mean_error``); it is the rate at which the Lagrange multipliers follow the batches.
    ``gate_weight`` adds, for a gated model, the cross-entropy of each gate against "the target is not exactly zero".
    ``closure_weight`` adds the squared residuals of the budgets ``closures``, each relative to the spread of the variable it
    adjusts.
    """

    kind: str = "mse"
    balance: str = "variable"
    area_weighted: bool = False
    weights: dict[str, float] = field(default_factory=dict)
    inactive_weight: float = 1.0
    draws: int = 2
    bias_rate: float = 0.0
    gate_weight: float = 0.0
    closure_weight: float = 0.0
    closures: list[ConstraintConfig] = field(default_factory=list)

    def __post_init__(self) -> None:
        require(self.balance in BALANCES, "loss.balance", f"one of {BALANCES}", self.balance)
        require(all(weight >= 0 for weight in self.weights.values()), "loss.weights", "factors of at least 0", self.weights)
        require(0 <= self.inactive_weight < float("inf"), "loss.inactive_weight", "a weight of at least 0", self.inactive_weight)
        require(self.draws >= 2, "loss.draws", "at least 2", self.draws)
        require(0 <= self.bias_rate < 1, "loss.bias_rate", "a rate in [0, 1), 0 for none", self.bias_rate)
        require(self.gate_weight >= 0, "loss.gate_weight", "a weight of at least 0", self.gate_weight)
        require(self.closure_weight >= 0, "loss.closure_weight", "a weight of at least 0", self.closure_weight)
        wanted = "a positive weight for loss.closures" if self.closures else "0 without loss.closures"
        require((self.closure_weight > 0) == bool(self.closures), "loss.closure_weight", wanted, self.closure_weight)
        for closure in self.closures:
            require(closure.kind in CLOSURE_KINDS, "loss.closures", f"one of {sorted(CLOSURE_KINDS)}", closure.kind)

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        """The penalty of each output : predicted, target and scale as in ``training.penalties`` -> (sample, n_out).

        It has ``heads``, the heads it applies to, and ``power``, 1 if it grows like the error and 2 if like its square.
        ``spread`` : (n_out), standard deviation of each output in the training data, contract units, 1 for a constant output.
        """
        raise NotImplementedError


@dataclass
class MseLoss(LossConfig, kind="mse"):
    """Squared error."""

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return SquaredError()


@dataclass
class MaeLoss(LossConfig, kind="mae"):
    """Absolute error."""

    balance: str = "column"

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return AbsoluteError()


@dataclass
class HuberLoss(LossConfig, kind="huber"):
    """Quadratic below ``huber_delta``, in units of the spread normalized by ``balance``."""

    balance: str = "column"
    huber_delta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.huber_delta > 0, "loss.huber_delta", "a positive number of standard deviations", self.huber_delta)

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return Huber(self.huber_delta)


@dataclass
class PinballLoss(LossConfig, kind="pinball"):
    """For quantiles."""

    balance: str = "column"

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return Pinball(head.quantiles)


@dataclass
class CrpsLoss(LossConfig, kind="crps"):
    """For an ensemble or a stochastic scheme: ``crps_fairness`` 1 fair, 0 plain; ``energy_share`` of the loss is the energy score."""

    balance: str = "column"
    crps_fairness: float = 1.0
    energy_share: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.crps_fairness <= 1, "loss.crps_fairness", "a share in [0, 1]", self.crps_fairness)
        require(0 <= self.energy_share <= 1, "loss.energy_share", "a share in [0, 1]", self.energy_share)

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return EnsembleCrps(self.crps_fairness, self.energy_share)


@dataclass
class FlowMatchingLoss(LossConfig, kind="flow_matching"):
    """Squared error of the velocity of a flow (``model=flow``), at a random time of each sample."""

    balance: str = "column"

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return VelocityError()


@dataclass
class GaussianLikelihoodLoss(LossConfig, kind="gaussian_nll"):
    """For a heteroscedastic head; ``nll_beta``: see GaussianLikelihood."""

    balance: str = "column"
    nll_beta: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.nll_beta <= 1, "loss.nll_beta", "a power in [0, 1]", self.nll_beta)

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return GaussianLikelihood(spread, self.nll_beta)


@dataclass
class GaussianCrpsLoss(LossConfig, kind="gaussian_crps"):
    """For a heteroscedastic head."""

    balance: str = "column"

    def penalty(self, head: Head, spread: Tensor) -> nn.Module:
        return GaussianCrps(spread)
