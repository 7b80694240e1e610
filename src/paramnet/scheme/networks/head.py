"""The prediction for each output: one number, a mean and its uncertainty, quantiles, or an ensemble."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from paramnet.contract import ParamnetError

__all__ = ["Head", "best_estimate"]

HEADS = ("deterministic", "heteroscedastic", "quantile", "ensemble", "flow")


@dataclass(frozen=True)
class Head:
    """The second-to-last dimension of a prediction: (column, parameters, n_out), or (column, n_out) if deterministic or flow.

    heteroscedastic : mean (contract units) and logarithm of the variance over the output's own variance in training
    (dimensionless); quantile : one per entry of ``quantiles``, contract units; ensemble : one per member, contract units; flow : the
    outputs plus the error of the velocity, in flow matching.
    """

    kind: str = "deterministic"
    quantiles: tuple[float, ...] = ()
    members: int = 1

    def __post_init__(self) -> None:
        if self.kind not in HEADS:
            raise ParamnetError("head", expected=f"one of {HEADS}", got=repr(self.kind))
        inside = all(0 < level < 1 for level in self.quantiles)
        if (self.kind == "quantile") != bool(self.quantiles) or not inside or sorted(set(self.quantiles)) != list(self.quantiles):
            expected = "increasing quantile levels in (0, 1), for a quantile head only"
            raise ParamnetError(f"head {self.kind}", expected=expected, got=str(self.quantiles))
        if self.kind == "ensemble" and self.members < 2:
            raise ParamnetError("head ensemble", expected="at least 2 members", got=str(self.members))

    @property
    def parameters(self) -> int:
        """Number of predicted numbers per output."""
        return {"heteroscedastic": 2, "quantile": len(self.quantiles), "ensemble": self.members}.get(self.kind, 1)


def best_estimate(predicted: Tensor, head: Head) -> Tensor:
    """The value a scheme returns for each output : (sample, n_out): mean, median or ensemble mean."""
    if head.kind in ("deterministic", "flow"):
        return predicted
    if head.kind == "heteroscedastic":
        return predicted[:, 0]
    if head.kind == "quantile":
        return predicted[:, min(range(len(head.quantiles)), key=lambda i: abs(head.quantiles[i] - 0.5))]
    return predicted.mean(dim=1)
