"""Scores from column moments. DEFINITIONS has their formulas, which are also written to every ``skill.json``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.moments import ColumnMoments

Floats = NDArray[np.float64]

# w = column's area weight; <>_t = mean over a column's samples; <>_c = area-weighted mean over columns; k = level.
DEFINITIONS = {
    "mae": "< <|p-y|>_t >_c, then mean over levels (ClimSim order)",
    "rmse": "< sqrt(<(p-y)^2>_t) >_c, then mean over levels (ClimSim order)",
    "bias": "< <p-y>_t >_c, prediction minus truth, then mean over levels; for by_level that of each level",
    "truth_mean": "< <y>_t >_c, then mean over levels, for comparison with the bias",
    "budgets": "of the residual in the formula: rms, mae = <|.|>_tc, bias = <.>_tc with its sign",
    "r2": "1 - sum_k <(p-y)^2>_tc / sum_k <(y - <y>_tc,k)^2>_tc, energy units, area weighted; levels are weighted by their variance",
    "r2_climsim": "< 1 - <(p-y)^2>_t / <(y-<y>_t)^2>_t >_c, then mean over levels; without columns that have less than 1e-4 of their "
    "level's variance",
    "hor_r2": "Rasp et al. 2018: 1 - mean_xy(MSE) / (mean_xy(E[y^2]) - mean_xy(E[y])^2) per level, with equal weights for all columns, "
    "then mean over levels with variance",
    "rmse_pooled": "sqrt(<(p-y)^2>_tc), then mean over levels",
    "crps": "fair for M members (Ferro 2014): <mean_i |x_i-y| - sum_ij |x_i-x_j| / (2M(M-1))>_tc, mean over levels; for one member: mae",
    "crps_of_climatology": "<|y-y'|>_tc / 2, y' another sample: the CRPS of the distribution of all samples, mean over levels",
    "energy_score": "fair for M members (Gneiting & Raftery 2007): <mean_i ||x_i-y|| - sum_ij ||x_i-x_j|| / (2M(M-1))>_tc, norms over "
    "the levels of a profile; energy_score_of_mean: that of the mean of the members alone, as of a deterministic scheme",
    "ensemble": "member_mean_square = ensemble_mean_square + member_variance, each <.>_tc summed over levels; spread_over_error = "
    "sqrt((M+1)/(M-1) member_variance / ensemble_mean_square), 1 if the spread equals the error",
    "rank_histogram": "shares of the ranks of the truth among the M members, mean over levels; each is 1/(M+1) if the members are "
    "distributed like the truth",
    "reliability": "frequency of rain where a share of the members (probability) has rain; equal to it if the members are reliable",
    "autocorrelation": "<a_t a_t+lag> / sqrt(<a_t^2> <a_t+lag^2>) over all pairs within sequences of a column, for anomalies a from the "
    "climatology of the training; null if nothing varies",
    "by": "scores within a stratum of samples, area weighted; r2 about the stratum's own mean",
    "jacobian": "largest singular value of d output / d input of a column, in standard deviations of both",
    "noise.change": "rms change of the prediction divided by the standard deviation of the truth, both summed over levels",
    "low, high": "95 % interval of a score if the weather were another: 0.025 and 0.975 quantiles of 1000 replicates of the days, drawn in "
    "blocks (uncertainty); a baseline's has the prefix of its scores",
    "learned_minus": "score of the learned scheme minus that of the baseline, with its interval from the same replicates of the days",
    "by_level.r2": "1 - <(p-y)^2>_tc / <(y-<y>_tc)^2>_tc; null if the truth has no variance",
}


@dataclass(frozen=True)
class Scores:
    """Scores of one predictor, each (score): output columns, then the derived quantities."""

    mae: Floats
    rmse: Floats
    bias: Floats
    mean_square: Floats
    variance: Floats
    r2_climsim: Floats
    hor_r2: Floats
    truth_mean: Floats

    @property
    def r2(self) -> Floats:
        """R² of each score separately; nan if the truth has no variance."""
        return 1.0 - self.mean_square / _positive(self.variance)

    def pooled_r2(self, columns: slice) -> float:
        """R² of several levels together: 1 - sum of squared errors / sum of squared anomalies."""
        variance = float(np.sum(self.variance[columns]))
        return 1.0 - float(np.sum(self.mean_square[columns])) / variance if variance > 0 else float("nan")


def scores(moments: ColumnMoments, predictor: str) -> Scores:
    """Scores of one predictor, in the units of the moments; shapes (score)."""
    seen = moments.seen
    count, sums = moments.count[seen, None], moments.errors[predictor]
    weight = moments.area[seen, None] / moments.area[seen].sum()
    square = sums.square[seen] / count
    mean = moments.truth[seen] / count
    mean_of_square = moments.truth_square[seen] / count
    variance, variance_in_time = _variance(mean, mean_of_square, weight), mean_of_square - mean**2
    varying = np.where(variance_in_time > 1e-4 * variance, variance_in_time, 0.0)
    return Scores(
        mae=np.sum(weight * sums.absolute[seen] / count, axis=0),
        rmse=np.sum(weight * np.sqrt(square), axis=0),
        bias=np.sum(weight * sums.error[seen] / count, axis=0),
        mean_square=np.sum(weight * square, axis=0),
        variance=variance,
        r2_climsim=_mean_where_finite(1.0 - square / _positive(varying), weight),
        hor_r2=1.0 - square.mean(axis=0) / _positive(_variance(mean, mean_of_square, np.full_like(weight, 1.0 / len(weight)))),
        truth_mean=np.sum(weight * mean, axis=0) + moments.shift,
    )


def _variance(mean: Floats, mean_of_square: Floats, weight: Floats) -> Floats:
    """Variance over columns and samples about the weighted mean; rounding errors are set to 0."""
    second, first = np.sum(weight * mean_of_square, axis=0), np.sum(weight * mean, axis=0)
    variance = second - first**2
    return np.where(variance > 1e-12 * second, variance, 0.0)


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _mean_where_finite(values: Floats, weight: Floats) -> Floats:
    finite = np.isfinite(values)
    total = np.sum(np.where(finite, weight, 0.0), axis=0)
    return np.sum(np.where(finite, values, 0.0) * weight, axis=0) / _positive(total)
