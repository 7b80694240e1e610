"""Configuration of ``paramnet train``, validated at construction."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import require as _require
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.constraints import CLOSURE_KINDS, ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, InputConfig
from paramnet.training.trainer_config import LoggerConfig, TrainerConfig

LOSSES = ("mse", "mae", "huber", "pinball", "crps", "gaussian_nll", "gaussian_crps")
BALANCES = ("none", "variable", "column")


@dataclass
class LossConfig:
    """Error in W m-2, with the level masses of each sample.

    ``kind``: mse, mae or huber (quadratic below ``huber_delta``, in units of the spread normalized by ``balance``) for a
    deterministic head; pinball for quantiles; crps for an ensemble (``crps_fairness`` 1 fair, 0 plain); gaussian_nll
    (``nll_beta``: see GaussianLikelihood) or gaussian_crps for a heteroscedastic head.
    ``balance``: ``none`` is plain W m-2, ``variable`` gives each variable the same variance, ``column`` each output column.
    ``weights``: factors on the loss of variables, by contract name. ``area_weighted`` weights samples by the area they represent.
    ``bias_rate`` > 0 keeps the mean error of every output over the training data at zero, for any kind
    (``training.mean_error``); it is the rate at which the Lagrange multipliers follow the batches.
    ``gate_weight`` adds, for a gated model, the cross-entropy of each gate against "the target is not exactly zero".
    ``closure_weight`` adds the squared residuals of the budgets ``closures``, each relative to the spread of the variable it
    adjusts.
    """

    kind: str = "mse"
    balance: str = "variable"
    huber_delta: float = 1.0
    crps_fairness: float = 1.0
    nll_beta: float = 0.0
    area_weighted: bool = False
    weights: dict[str, float] = field(default_factory=dict)
    bias_rate: float = 0.0
    gate_weight: float = 0.0
    closure_weight: float = 0.0
    closures: list[ConstraintConfig] = field(default_factory=list)

    def __post_init__(self) -> None:
        _require(self.kind in LOSSES, "loss.kind", f"one of {LOSSES}", self.kind)
        _require(self.balance in BALANCES, "loss.balance", f"one of {BALANCES}", self.balance)
        _require(self.huber_delta > 0, "loss.huber_delta", "a positive number of standard deviations", self.huber_delta)
        _require(0 <= self.crps_fairness <= 1, "loss.crps_fairness", "a share in [0, 1]", self.crps_fairness)
        _require(0 <= self.nll_beta <= 1, "loss.nll_beta", "a power in [0, 1]", self.nll_beta)
        _require(all(weight >= 0 for weight in self.weights.values()), "loss.weights", "factors of at least 0", self.weights)
        _require(0 <= self.bias_rate < 1, "loss.bias_rate", "a rate in [0, 1), 0 for none", self.bias_rate)
        _require(self.gate_weight >= 0, "loss.gate_weight", "a weight of at least 0", self.gate_weight)
        _require(self.closure_weight >= 0, "loss.closure_weight", "a weight of at least 0", self.closure_weight)
        wanted = "a positive weight for loss.closures" if self.closures else "0 without loss.closures"
        _require((self.closure_weight > 0) == bool(self.closures), "loss.closure_weight", wanted, self.closure_weight)
        for closure in self.closures:
            _require(closure.kind in CLOSURE_KINDS, "loss.closures", f"one of {sorted(CLOSURE_KINDS)}", closure.kind)


@dataclass
class TrainConfig:
    """A training run: the ``store`` it reads, the ``output`` folder it writes, and the scheme it fits.

    ``resume``: ``auto`` resumes from ``last.ckpt`` in ``output`` if there is one, ``never`` starts from the beginning, else the
    path of a checkpoint. ``overwrite`` allows the run to replace one of other settings or data in ``output``.
    ``fit_on``: the splits fitted to. ``validate_on``: the split that chooses the best epoch ("": the last epoch is best).
    ``linear_baseline`` also fits a linear network, into ``linear`` of ``output``.
    ``adapters``: fine-tuning from a trained scheme, whose model, features and constraints replace those given here.
    ``contract``: name or file of the contract the store must have ("": any).
    """

    store: str
    output: str
    model: ModelConfig = field(default_factory=ModelConfig)
    features: list[FeatureConfig] = field(default_factory=list)
    constraints: list[ConstraintConfig] = field(default_factory=list)
    inputs: InputConfig = field(default_factory=InputConfig)
    adapters: AdapterConfig = field(default_factory=AdapterConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    validate_on: str = "validation"
    fit_on: list[str] = field(default_factory=lambda: ["train"])
    linear_baseline: bool = True
    contract: str = ""
    seed: int = 1
    resume: str = "auto"
    overwrite: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.store) and bool(self.output), "store, output", "two folders", (self.store, self.output))
        _require(self.validate_on in ("", "validation", "test"), "validate_on", "validation, test or ''", self.validate_on)
        known = set(self.fit_on) <= {"train", "validation"} and bool(self.fit_on)
        _require(known, "fit_on", "some of train, validation", self.fit_on)
        _require(bool(self.resume), "resume", "auto, never or the path of a checkpoint", self.resume)
