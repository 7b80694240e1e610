"""Runs of a scheme and of the baselines in the Fortran program, their scores and one report."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.files import locked, require_writable_folder, sha256_of, write_json
from paramnet.reporting.provenance import how_made
from paramnet.store import open_store
from paramnet.testbeds.baselines import fit_polynomials
from paramnet.testbeds.candidates import candidates
from paramnet.testbeds.claim import claim
from paramnet.testbeds.config import ScoreConfig
from paramnet.testbeds.exponents import resolved_exponent
from paramnet.testbeds.host import HostRun, build_testbeds, run_host
from paramnet.testbeds.judged import Judged
from paramnet.testbeds.lorenz96 import TIME_STEP, Lorenz96
from paramnet.testbeds.recording import CONSECUTIVE, TRAINING, read_truth, steps_of, truth_run
from paramnet.testbeds.scores import Series, climate_scores, valid_times
from paramnet.testbeds.torch_run import run_scheme

INTERVAL = 10  # time steps between the records of a run
LAG_UNITS = 5.0  # of the autocorrelation
COMPARED_STEPS = 100  # of the Fortran run with the torch run


def score(config: ScoreConfig) -> Path:
    """Write ``scores.json``, ``figures`` and ``report.html`` into ``config.output`` and return it; complete results are kept.

    Raises ParamnetError for a folder with scores of other settings, or if the program cannot be built or run.
    """
    from paramnet.testbeds.report import write_report  # matplotlib is slow to import

    began = time.monotonic()
    folder = require_writable_folder(Path(config.output), "output")
    settings = {key: value for key, value in asdict(config).items() if key not in ("output", "build", "overwrite")}
    identity = {"settings": settings, "scheme_sha256": sha256_of(Path(config.scheme))}
    with locked(folder / ".lock", f"scores in {folder}"):
        results = [folder / "scores.json", folder / "report.html"]
        if claim(folder / "identity.json", identity, "scores", results, config.overwrite):
            return folder
        scores, judged = Scoring(config, folder).all()
        scores["provenance"] = how_made(began)
        write_json(folder / "scores.json", scores)
        write_report(scores, judged, folder, INTERVAL, LAG_UNITS)
    return folder


class Scoring:
    """The runs of one scheme."""

    def __init__(self, config: ScoreConfig, folder: Path) -> None:
        self.config, self.work = config, folder / "run"
        self.program = build_testbeds(Path(config.build)) / "lorenz96"
        self.training = read_truth(Path(config.record) / TRAINING)
        self.polynomials = fit_polynomials(self.training, read_truth(Path(config.record) / CONSECUTIVE))
        self.r2 = self._offline()
        self.candidates = candidates(Path(config.scheme), self.polynomials, self.r2)
        self.truth = np.empty((0, 3, 1, config.system.sectors))  # records of the first run of the truth
        self.lyapunov_time = 1.0 / resolved_exponent(config.system, self.polynomials["cubic"])

    def all(self) -> tuple[dict[str, Any], Judged]:
        """The table of scores, and what its figures show."""
        config = self.config
        home, climates = self._climates(config.system, config.climate_units)
        forecasts = self._forecasts()
        lengths = {name: float(times.mean() * INTERVAL * TIME_STEP / self.lyapunov_time) for name, times in forecasts.items()}
        away, _ = self._climates(Lorenz96(**asdict(config.system) | {"forcing": config.transfer_forcing}), config.transfer_units)
        rows: dict[str, dict[str, Any]] = {
            one.name: {
                "label": one.label,
                "r2": one.r2,
                "valid_lyapunov_times": lengths[one.name],
                "valid_units": lengths[one.name] * self.lyapunov_time,
                "climate": home[one.name],
                "transfer": away[one.name],
            }
            for one in self.candidates
        }
        table = {
            "testbed": "lorenz96",
            "system": asdict(config.system),
            "settings": {key: value for key, value in asdict(config).items() if not isinstance(value, dict)},
            "lyapunov_time": self.lyapunov_time,
            "truth": {"climate": home["truth"], "transfer": away["truth"]},
            "persistence_r2": self.r2["persistence"],
            "rows": rows,
            "hellinger_vs_cubic_ar1": rows["learned"]["climate"].get("hellinger", 1.0) / rows["cubic_ar1"]["climate"].get("hellinger", 1.0),
            "fortran_minus_torch": self._agreement(),
        }
        return table, Judged(self.training, self.polynomials, climates, forecasts, self.lyapunov_time)

    def _offline(self) -> dict[str, float]:
        """R² on the test data of the store of each candidate, and of the tendency of the step before.

        That of the scheme is from ``paramnet evaluate``.
        """
        store = open_store(self.config.store)
        split = store.split("test")
        inputs, u = np.asarray(split.inputs[:], np.float64), np.asarray(split.outputs[:, 0], np.float64)
        place = store.contract.input_columns
        x, before = (inputs[:, place[name].start] for name in ("resolved_0", "previous_subgrid_tendency"))
        predicted = {"none": 0 * u, "persistence": before} | {name: one(x) for name, one in self.polynomials.items()}
        found = {name: 1.0 - float(((u - values) ** 2).mean() / u.var()) for name, values in predicted.items()}
        skill = json.loads(Path(self.config.skill).read_text(encoding="utf-8"))
        return found | {"learned": float(skill["subgrid_tendency"]["r2"])}

    def _climates(self, system: Lorenz96, units: float) -> tuple[dict[str, dict[str, Any]], dict[str, Series]]:
        """Scores of the climates of truth and candidates, and their X : (record, member, sector). The truth's are of its two halves."""
        config, lags = self.config, steps_of(LAG_UNITS) // INTERVAL
        title = f"F = {system.forcing:g}, "
        run = truth_run(system, units, config.spin_up_units, INTERVAL, config.seed + 1)
        records = run_host(self.program, run, self.work, f"{title}truth")
        self.truth = self.truth if len(self.truth) else records
        truth = records[:, 0]
        half = len(truth) // 2
        scores, series = {"truth": climate_scores(truth[:half], truth[half:], lags)}, {"truth": truth}
        for one in self.candidates:
            coarse = HostRun(system=system, steps=run.steps, initial=run.initial[:2], interval=INTERVAL, discard=run.discard,
                             seed=config.seed, **one.settings)  # fmt: skip
            found = run_host(self.program, coarse, self.work, f"{title}{one.label}")[:, 0]
            series[one.name] = found
            complete = len(found) == coarse.records
            scores[one.name] = climate_scores(found, truth, lags) if complete else {}
            scores[one.name]["units"] = len(found) * INTERVAL * TIME_STEP
            scores[one.name]["complete"] = complete
        return scores, series

    def _forecasts(self) -> dict[str, NDArray[np.float64]]:
        """Records for which each candidate's forecasts are valid : (start), from states of the truth spread over its run."""
        config, truth = self.config, self.truth
        length = steps_of(config.forecast_units) // INTERVAL
        starts = np.linspace(0, len(truth) - length - 1, config.starts).astype(int)
        wanted = np.stack([truth[start : start + length + 1, 0, 0] for start in starts], axis=1)
        initial = (wanted[0], truth[starts, 1, 0])
        found = {}
        for one in self.candidates:
            steps = length * INTERVAL + 1
            run = HostRun(system=config.system, steps=steps, initial=initial, interval=INTERVAL, seed=config.seed, **one.settings)
            forecast = run_host(self.program, run, self.work, f"forecasts, {one.label}")[:, 0]
            found[one.name] = valid_times(forecast, wanted[: len(forecast)], config.threshold)
        return found

    def _agreement(self) -> float:
        """Largest difference of X between Fortran and torch over the first steps of the scheme, divided by the largest X."""
        config, few = self.config, self.truth[:: max(1, len(self.truth) // 4)][:4, :, 0]
        initial = few[:, 0], few[:, 1]
        run = HostRun(system=config.system, steps=COMPARED_STEPS, initial=initial, seed=config.seed, **self.candidates[-1].settings)
        fortran = run_host(self.program, run, self.work, "comparison with torch")[:, 0]
        python = run_scheme(Path(config.scheme), config.system, initial, COMPARED_STEPS, config.seed)
        return float(np.abs(fortran - python).max() / np.abs(python).max())
