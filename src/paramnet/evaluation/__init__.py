"""Offline evaluation of a scheme: scores, budgets, figures and a report."""

from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.evaluate import evaluate

__all__ = ["EvaluateConfig", "evaluate"]
