"""The results of an evaluation as a Dataset, ``skill.nc``: scores, and the sums behind the figures, with dimensions and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.distributions import Histogram
from paramnet.evaluation.intervals import BOUNDED, Replicates
from paramnet.evaluation.judge import LEARNED, Judge
from paramnet.evaluation.probed_dataset import probed
from paramnet.evaluation.quantities import score_units
from paramnet.evaluation.scores import DEFINITIONS, scores
from paramnet.evaluation.zonal import bands, daily_by_latitude, r2_by_latitude
from paramnet.reporting.netcdf import Variables, results
from paramnet.resampling import interval

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
SCORES = ("r2", "mae", "rmse", "bias")
SUMMARY = (
    "Scores of a learned scheme and of baselines against the scheme it was trained on, on data not used in training: by output, level, "
    "latitude and stratum, with 95 % intervals, distributions, sensitivity to inputs and growth rates. All that the figures show."
)


def skill_dataset(judge: Judge, skill: Mapping[str, Any]) -> xr.Dataset:
    """Return the scores of ``skill.json`` and all that its figures show, with 95 % intervals (``_low``, ``_high``).

    Dimensions: ``predictor``, ``output`` (outputs of the contract and column integrals), ``profile`` (outputs with levels), ``level``
    (from the top), ``latitude`` (bands), ``stratum``; classes of distributions. Scores are in W m-2. A score that does not exist is NaN.
    """
    parts = (_overall(judge, skill), _by_level(judge), _by_stratum(judge, skill), _by_latitude(judge), _distributions(judge))
    variables: Variables = {name: its for part in (*parts, _limits(judge)) for name, its in part.items()} | probed(judge, skill)
    return results(
        variables,
        _coordinates(judge, skill),
        title="Offline skill of a convection scheme",
        summary=SUMMARY,
        keywords="convection, parameterization, machine learning, evaluation",
        known={**skill["provenance"], "samples": int(skill["samples"]), "interval": DEFINITIONS["low, high"]},
    )


def _profiles(judge: Judge) -> list[str]:
    return [variable.name for variable in judge.contract.outputs if variable.is_profile]


def _daily_units(judge: Judge) -> list[str]:
    """Units of the outputs with levels times a day: K day-1 for K s-1."""
    units = [variable.units for variable in judge.contract.outputs if variable.is_profile]
    return [f"{its.removesuffix(' s-1')} day-1" if its.endswith(" s-1") else f"{its} s day-1" for its in units]


def _strata(skill: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for grouping, strata in skill["by"].items():
        for name, row in strata.items():
            yield grouping, name, row


def _coordinates(judge: Judge, skill: Mapping[str, Any]) -> Variables:
    where = bands(judge.energy)
    downward = {"long_name": "level, 1 at the top", "units": "1", "positive": "down", "axis": "Z"}
    north = {"standard_name": "latitude", "long_name": "middle of the band", "units": "degrees_north", "bounds": "latitude_bounds"}
    return {
        "predictor": (("predictor",), list(judge.predictors), {"long_name": "predictor"}),
        "output": (("output",), list(judge.columns), {"long_name": "output of the scheme, or column integral"}),
        "output_units": (("output",), [score_units(judge.contract, name) for name in judge.columns], {"long_name": "units of the scores"}),
        "profile": (("profile",), _profiles(judge), {"long_name": "output with levels"}),
        "profile_units": (("profile",), _daily_units(judge), {"long_name": "units of latitude_truth_mean and latitude_bias"}),
        "level": (("level",), np.arange(1, judge.contract.n_levels + 1), downward),
        **_level_coordinate(judge),
        "latitude": (("latitude",), 0.5 * (where.edges[1:] + where.edges[:-1]), north),
        "latitude_bounds": (("latitude", "bounds"), np.stack([where.edges[:-1], where.edges[1:]], axis=1), {}),
        "stratum": (("stratum",), [f"{group}: {name}" for group, name, _ in _strata(skill)], {"long_name": "grouping and stratum"}),
    }


def _level_coordinate(judge: Judge) -> Variables:
    grid = judge.contract.vertical_grid
    if grid.has_pressure:
        attributes = {"standard_name": "air_pressure", "long_name": "for 1e5 Pa at the surface", "units": "Pa"}
        return {"pressure": (("level",), grid.pressure(1.0e5), attributes)}
    attributes = {"standard_name": "height", "long_name": "middle of the level", "units": "m", "positive": "up"}
    return {"height": (("level",), np.array(grid.height), attributes)}


def _units_of(judge: Judge, score: str = "") -> dict[str, str]:
    """The attribute ``units`` of a score; none where outputs have different ones, which are in ``output_units``."""
    if score in ("r2", "spread_over_error", "variance_share"):
        return {"units": "1"}
    units = {score_units(judge.contract, name) for name in judge.columns}
    if score == "variance":
        return {"units": "W2 m-4"} if units == {"W m-2"} else {}
    return {"units": units.pop()} if len(units) == 1 else {}


def _score_attributes(judge: Judge, score: str, of: str = "") -> dict[str, str]:
    definition = DEFINITIONS.get(f"by_level.{score}" if of == "level" else score, DEFINITIONS[score])
    return {"long_name": f"{score} of each {of}" if of else score, **_units_of(judge, score), "comment": definition}


def _overall(judge: Judge, skill: Mapping[str, Any]) -> Variables:
    """Scores of each predictor and output, as in ``skill.json``."""

    def values(score: str) -> Floats:
        prefixes = ["" if predictor == LEARNED else f"{predictor}_" for predictor in judge.predictors]
        return np.array([[skill[name][f"{prefix}{score}"] for name in judge.columns] for prefix in prefixes], dtype=np.float64)

    found: Variables = {score: (("predictor", "output"), values(score), _score_attributes(judge, score)) for score in SCORES}
    mean = np.array([skill[name]["truth_mean"] for name in judge.columns])
    described = {"long_name": "mean of the teacher", **_units_of(judge), "comment": DEFINITIONS["truth_mean"]}
    found["truth_mean"] = (("output",), mean, described)
    if "ensemble" in skill:
        for score in ("crps", "spread_over_error", "variance_share"):
            of = [skill["ensemble"]["variables"][name][score] for name in judge.columns]
            described = {"long_name": f"{score} of the ensemble", **_units_of(judge, score)}
            found[score] = (("output",), np.array(of, dtype=np.float64), described)
    return found


def _by_level(judge: Judge) -> Variables:
    all_scores = {predictor: scores(judge.energy, predictor) for predictor in judge.predictors}
    found: Variables = {}
    for score in SCORES:
        rows = [[getattr(its, score)[judge.columns[name]] for name in _profiles(judge)] for its in all_scores.values()]
        shape = (len(all_scores), len(_profiles(judge)), judge.contract.n_levels)
        found[f"level_{score}"] = (
            ("predictor", "profile", "level"),
            np.array(rows, dtype=np.float64).reshape(shape),
            _score_attributes(judge, score, "level"),
        )
    return found


def _limits(judge: Judge) -> Variables:
    """Pooled errors, the variance that tells which levels act, and intervals of scores; none with too few days."""
    all_scores = {predictor: scores(judge.energy, predictor) for predictor in judge.predictors}
    variance = np.stack([all_scores[LEARNED].variance[judge.columns[name]] for name in _profiles(judge)]) if _profiles(judge) else None
    found: Variables = {}
    if variance is not None:
        found["level_variance"] = (
            ("profile", "level"),
            variance,
            {"long_name": "variance of the teacher, in squares of the scores' units", **_units_of(judge, "variance")},
        )
    pooled = [[np.sqrt(its.mean_square[judge.columns[name]]).mean() for name in judge.columns] for its in all_scores.values()]
    found["rmse_pooled"] = (("predictor", "output"), np.array(pooled), _score_attributes(judge, "rmse_pooled"))
    replicates = Replicates.of(judge.parts, judge.columns, LEARNED)
    if replicates is None:
        return found
    for score in BOUNDED:
        of = [[interval(replicates.of_variable(score, who, name)) for name in judge.columns] for who in judge.predictors]
        found |= _two(judge, score, ("predictor", "output"), np.array(of), score)
        if variance is not None:
            by_level = [interval(replicates.by_level(score, who)) for who in judge.predictors]
            chosen = [[[limit[judge.columns[name]] for limit in limits] for name in _profiles(judge)] for limits in by_level]
            found |= _two(judge, f"level_{score}", ("predictor", "profile", "level"), np.moveaxis(np.array(chosen), 2, -1), score)
    return found


def _two(judge: Judge, name: str, dims: tuple[str, ...], limits: Floats, score: str) -> Variables:
    """The two limits : (…, 2) of a score as variables."""
    return {
        f"{name}_{limit}": (
            dims,
            limits[..., at],
            {"long_name": f"{words} limit of the 95 % interval of {name}", **_units_of(judge, score)},
        )
        for at, (limit, words) in enumerate((("low", "lower"), ("high", "upper")))
    }


def _by_stratum(judge: Judge, skill: Mapping[str, Any]) -> Variables:
    strata = [row for _, _, row in _strata(skill)]
    found: Variables = {
        "stratum_share": (("stratum",), np.array([row["share"] for row in strata]), {"long_name": "share of area and time", "units": "1"}),
        "stratum_samples": (("stratum",), np.array([row["samples"] for row in strata]), {"long_name": "samples", "units": "1"}),
    }
    prefixes = ["" if predictor == LEARNED else f"{predictor}_" for predictor in judge.predictors]
    for score in SCORES:
        values = [[[row[name][f"{prefix}{score}"] for row in strata] for name in judge.columns] for prefix in prefixes]
        found[f"stratum_{score}"] = (
            ("predictor", "output", "stratum"),
            np.array(values, dtype=np.float64),
            _score_attributes(judge, score, "stratum"),
        )
    return found


def _by_latitude(judge: Judge) -> Variables:
    """R² of each band and level, and the teacher's mean tendency with the learned scheme's bias, contract units per day."""
    names = _profiles(judge)
    if not names:
        return {}
    where = bands(judge.energy)
    r2, (mean, bias) = r2_by_latitude(judge.energy, where), daily_by_latitude(judge.daily, where)

    def stacked(values: Floats) -> Floats:
        return np.stack([values[:, judge.columns[name]].T for name in names])

    dims = ("profile", "level", "latitude")
    per_day = {"comment": "in profile_units"}
    return {
        "latitude_r2": (dims, stacked(r2), {"long_name": "R2 of the learned scheme about the mean of the band", "units": "1"}),
        "latitude_truth_mean": (dims, stacked(mean), {"long_name": "mean of the teacher", **per_day}),
        "latitude_bias": (dims, stacked(bias), {"long_name": "bias of the learned scheme", **per_day}),
    }


def _distributions(judge: Judge) -> Variables:
    """Joint histograms of truth and prediction, and the distributions of column integrals, rain and budget residuals."""
    found: Variables = {}
    if judge.joint:
        counts = np.stack([judge.joint[name].counts for name in judge.joint])
        edges = np.stack([judge.joint[name].edges for name in judge.joint])
        found["joint_count"] = (("output", "truth_class", "predicted_class"), counts, {"long_name": "number of values", "units": "1"})
        found["joint_edge"] = (("output", "joint_edges"), edges, {"long_name": "edges of the classes of joint_count", **_units_of(judge)})
    of_rain = {"rain": judge.rain} if judge.rain else {}
    for kind, label, units, tables in (
        ("integral", "column integral", "W m-2", judge.tails),
        ("rain", "", "mm day-1", of_rain),
        ("residual", "budget", "W m-2", judge.residuals),
    ):
        found |= _histograms(kind, label, units, tables)
    return found


def _histograms(kind: str, label: str, units: str, tables: Mapping[str, Mapping[str, Histogram]]) -> Variables:
    """Area-weighted counts of classes that all of ``tables`` (quantity -> who -> histogram) share."""
    if not tables:
        return {}
    who = list(next(iter(tables.values())))
    edges = next(iter(next(iter(tables.values())).values())).edges
    counts = np.stack([np.stack([table[name].counts for name in who]) for table in tables.values()])
    dims = (f"{kind}_quantity", f"{kind}_of", f"{kind}_class")
    return {
        f"{kind}_count": (dims, counts, {"long_name": f"area-weighted number of samples in a class of {label or kind}", "units": "1"}),
        f"{kind}_edge": ((f"{kind}_edges",), edges, {"long_name": f"edges of the classes of {kind}_count", "units": units}),
        f"{kind}_name": ((f"{kind}_quantity",), list(tables), {"long_name": label or kind}),
        f"{kind}_who": ((f"{kind}_of",), who, {"long_name": "truth, or predictor"}),
    }
