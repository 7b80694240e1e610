"""How good a scheme is before it is coupled: scores, budgets, figures and one report."""

from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.evaluate import evaluate

__all__ = ["EvaluateConfig", "evaluate"]
