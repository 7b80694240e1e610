"""All sums accumulated over a split: one ``add`` per chunk, no samples stored."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.evaluation.base_states import BaseStates
from paramnet.evaluation.budgets import budgets
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.distributions import RAIN_EDGES, Histogram, JointHistogram, RegimeTable, stretched_edges
from paramnet.evaluation.intervals import Days, PartSums
from paramnet.evaluation.members import MemberSums, Reliability
from paramnet.evaluation.moments import ColumnMoments, powers
from paramnet.evaluation.persistence import LagSums
from paramnet.evaluation.predictive import Predictive
from paramnet.evaluation.quantities import derived_quantities, rain_weights
from paramnet.evaluation.strata import StratumSums, TrainingDistance, groupings, land_column
from paramnet.physics import SECONDS_PER_DAY, energy_per_unit, to_watts_per_square_metre

Floats = NDArray[np.float64]
RESIDUAL_EDGES = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 101)])  # W m-2, of the absolute residual
TAIL_LIMIT, TAIL_LINEAR = 2e4, 20.0  # W m-2, of column integrals
REACH = 200.0  # ratio of a joint histogram's limit to the end of its linear part
LEARNED, DRAW, TRUTH = "learned", "draw", "truth"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chunk:
    """Samples as read: inputs, truth and predictions (sample, column) in contract units, float64; column, area, latitude (sample).

    ``members`` : equally likely outputs of a probabilistic scheme. Of a stochastic scheme ``learned`` is the mean of its draws and
    ``draw`` one of them, as a host gets it.
    """

    inputs: Floats
    truth: Floats
    predicted: dict[str, Floats]
    column: NDArray[np.integer]
    area: Floats
    latitude: Floats
    members: Predictive | None = None


@dataclass
class Judge:
    """Accumulators of an evaluation. ``predictors`` : ``learned`` first, then the baselines; ``n_columns`` : grid columns.

    ``energy`` : moments in W m-2 of every output (of those that are no energy in their own units), followed by the derived
    quantities. ``daily`` : those of the learned scheme's outputs in contract units per day. ``joint`` : quantity -> (truth,
    learned) histogram. ``tails`` : column integral -> predictor -> histogram. ``far`` : distance from the training inputs, if used
    as a grouping. ``strata`` : one set of sums for each grouping. ``days`` : of the samples, in the order in which they come;
    ``parts`` : the sums by time that they allow. ``steps`` : of the sequences in which they come, 1 for single samples.
    """

    contract: Contract
    predictors: tuple[str, ...]
    n_columns: int
    config: EvaluateConfig
    far: TrainingDistance | None = None
    days: Days | None = None
    steps: int = 1
    energy: ColumnMoments = field(init=False)
    daily: ColumnMoments = field(init=False)
    joint: dict[str, JointHistogram] = field(init=False, default_factory=dict)
    tails: dict[str, dict[str, Histogram]] = field(init=False, default_factory=dict)
    strata: list[StratumSums] = field(init=False, default_factory=list)
    parts: PartSums | None = field(init=False, default=None)
    members: MemberSums | None = field(init=False, default=None)
    reliability: Reliability | None = field(init=False, default=None)
    lags: LagSums | None = field(init=False, default=None)
    rain: dict[str, Histogram] = field(init=False, default_factory=dict)
    residuals: dict[str, dict[str, Histogram]] = field(init=False, default_factory=dict)
    regimes: dict[str, RegimeTable] = field(init=False, default_factory=dict)
    base_states: BaseStates = field(init=False, default_factory=BaseStates)
    samples: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.derived = derived_quantities(self.contract)
        self.budgets = budgets(self.contract)
        self.rain_weights = rain_weights(self.contract)
        if self.rain_weights is None:
            names = ", ".join(variable.standard_name for variable in self.contract.outputs)
            _log.warning(
                "no output has a CF standard name of rain (got %s): budgets, regimes, strata and figures of rain are omitted", names
            )
        outputs, start = self.contract.output_columns, self.contract.n_out
        self.columns = {**outputs, **{d.name: slice(start + i, start + i + 1) for i, d in enumerate(self.derived)}}
        self.daily = ColumnMoments(self.n_columns, self.contract.n_out, (LEARNED,), np.zeros(self.contract.n_out))
        _, self.mass_weighted = energy_per_unit(self.contract)
        self.lags = LagSums(self.steps) if self.steps > 1 else None

    def add(self, chunk: Chunk) -> None:
        """Merge a chunk into every accumulator."""
        surface_pressure = self.surface_pressure(chunk.inputs)
        truth = self.scored(chunk.truth, surface_pressure)
        predicted = {name: self.scored(values, surface_pressure) for name, values in chunk.predicted.items()}
        if not self.samples:
            self._open(truth)
        self.samples += len(truth)
        self.energy.add(chunk.column, chunk.area, chunk.latitude, truth, predicted)
        errors = {name: powers(values, truth) for name, values in predicted.items()}
        if self.parts is not None:
            self.parts.add(chunk.column, chunk.area, truth, errors)
        daily = {LEARNED: chunk.predicted[LEARNED] * SECONDS_PER_DAY}
        self.daily.add(chunk.column, chunk.area, chunk.latitude, chunk.truth * SECONDS_PER_DAY, daily)
        for name, histogram in self.joint.items():
            histogram.add(truth[:, self.columns[name]], predicted[LEARNED][:, self.columns[name]])
        everyone = {TRUTH: truth} | {name: values for name, values in predicted.items() if name != "climatology"}
        self._add_distributions(chunk, everyone)
        if self.lags is not None and "climatology" in predicted:
            self.lags.add(chunk.area, {who: values - predicted["climatology"] for who, values in everyone.items()})
        self.base_states.add(chunk.inputs, chunk.area, chunk.latitude, self._rain(truth))
        for sums in self.strata:
            sums.add(self._grouped_by(sums.grouping.name, chunk, truth), chunk.area, truth, errors)
        if chunk.members is not None:
            outputs = np.stack([self.scored(member, surface_pressure) for member in chunk.members.outputs])
            self.members = self.members or MemberSums(truth.shape[1], len(outputs), chunk.members.drawn, self.columns)
            self.members.add(chunk.area, truth, outputs)
            self._add_reliability(chunk.area, truth, outputs)

    def _add_reliability(self, area: Floats, truth: Floats, members: Floats) -> None:
        rain = self._rain(truth)
        if rain is None:
            return
        rates = np.stack([found for member in members if (found := self._rain(member)) is not None])
        self.reliability = self.reliability or Reliability(len(members))
        self.reliability.add(area, rain > self.config.raining, rates > self.config.raining)

    def surface_pressure(self, inputs: Floats) -> Floats:
        """Surface pressure (sample), Pa, from inputs (sample, n_in); NaN in a contract without it, whose outputs need no masses."""
        if not self.contract.has_mass:
            return np.full(len(inputs), np.nan)
        return inputs[:, self.contract.input_columns[self.contract.surface_pressure_name].start]

    def scored(self, outputs: Floats, surface_pressure: Floats) -> Floats:
        """Outputs in W m-2 followed by the derived quantities : (sample, score)."""
        energy = to_watts_per_square_metre(self.contract, outputs, surface_pressure)
        return np.column_stack([energy, *(quantity(energy) for quantity in self.derived)])

    def _rain(self, scored: Floats) -> Floats | None:
        """Rain (sample), mm day-1, from (sample, score); None if the contract has no rain."""
        return None if self.rain_weights is None else scored[:, : self.contract.n_out] @ self.rain_weights

    def _open(self, truth: Floats) -> None:
        """Set shifts and the range of the joint histograms from the first chunk, a random sample of the split."""
        self.energy = ColumnMoments(self.n_columns, truth.shape[1], self.predictors, truth.mean(axis=0))
        self.parts = None if self.days is None else PartSums(self.days, truth.mean(axis=0))
        for name, columns in self.columns.items():
            limit = 1.5 * float(np.quantile(np.abs(truth[:, columns]), 0.9995))
            self.joint[name] = JointHistogram(stretched_edges(limit or 1.0, (limit or 1.0) / REACH))
        self.strata = [StratumSums(it, truth.mean(axis=0)) for it in groupings(self.contract, self.far, self.rain_weights is not None)]

    def _grouped_by(self, grouping: str, chunk: Chunk, truth: Floats) -> Floats:
        """The quantity by which a grouping divides samples : (sample)."""
        if grouping == "distance" and self.far is not None:
            return self.far(chunk.inputs)
        if grouping == "rain" and (rain := self._rain(truth)) is not None:
            return rain
        land = land_column(self.contract)
        if grouping == "surface" and land is not None:
            return chunk.inputs[:, land]
        return np.abs(chunk.latitude)

    def _add_distributions(self, chunk: Chunk, everyone: dict[str, Floats]) -> None:
        n_out = self.contract.n_out
        rates = {who: rain for who, values in everyone.items() if (rain := self._rain(values)) is not None}
        for who, values in everyone.items():
            for quantity in self.derived:
                edges = stretched_edges(TAIL_LIMIT, TAIL_LINEAR, 161)
                integral = values[:, self.columns[quantity.name]].ravel()
                self.tails.setdefault(quantity.name, {}).setdefault(who, Histogram(edges)).add(integral, chunk.area)
            for budget in self.budgets:
                histograms = self.residuals.setdefault(budget.name, {})
                residual = budget.residual(chunk.inputs, values[:, :n_out])
                histograms.setdefault(who, Histogram(RESIDUAL_EDGES, sizes=True)).add(residual, chunk.area)
            if who in rates:
                self.rain.setdefault(who, Histogram(RAIN_EDGES)).add(rates[who], chunk.area)
        if rates and self.mass_weighted.any():
            activity = {who: np.abs(values[:, :n_out][:, self.mass_weighted]).sum(axis=1) for who, values in everyone.items()}
            for who in everyone:
                if who != TRUTH:
                    table = self.regimes.setdefault(who, RegimeTable(self.config.active_watts, self.config.raining))
                    table.add((activity[TRUTH], rates[TRUTH]), (activity[who], rates[who]), chunk.area)
