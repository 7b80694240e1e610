"""Combine the summaries of a run's stretches."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from paramnet.physics import SECONDS_PER_DAY

# Weights of means over calls; every other number is a sum.
WEIGHTS = {
    "teacher_ms_mean": "teacher_calls",
    "teacher_ms_median": "teacher_calls",
    "learned_ms_mean": "learned_calls",
    "learned_ms_median": "learned_calls",
}
CONSTANTS = ("mode", "ranks", "scheme")


def combine_summaries(paths: list[Path]) -> dict[str, Any]:
    """Sums of the counters, call-weighted means of the costs, and fractions of columns.

    A median is the weighted mean of the stretches' medians.
    """
    chunks = [json.loads(path.read_text()) for path in paths]
    combined: dict[str, Any] = {}
    for name, value in chunks[0].items():
        if name in CONSTANTS:
            combined[name] = value
        elif name in WEIGHTS:
            weights = [chunk[WEIGHTS[name]] for chunk in chunks]
            total = sum(weights)
            combined[name] = sum(c[name] * w for c, w in zip(chunks, weights, strict=True)) / total if total else 0.0
        else:
            combined[name] = sum(chunk[name] for chunk in chunks)
    everything = combined | _shares(combined) | _shadow(combined)
    # JSON has no NaN
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in everything.items()}


def _shares(sums: dict[str, Any]) -> dict[str, float]:
    """Fractions of the columns computed by a learned scheme, and the mean of each correction over all of them."""
    columns = sums.get("columns", 0.0)
    if not columns:
        return {"fallback_fraction": 0.0, "limited_fraction": 0.0, "nonfinite": 0.0}
    measured = sums.get("distance_columns", 0.0)  # 0 for schemes without a table of distances
    far = {"far_from_training_fraction": sums["far_from_training_columns"] / measured} if measured else {}
    return far | {
        "nonfinite": sums["nonfinite_input_columns"] + sums["nonfinite_output_columns"],
        "fallback_fraction": sums["fallback_columns"] / columns,
        "limited_fraction": sums["limited_columns"] / columns,
        "water_closure_fraction": sums["water_closure_columns"] / columns,
        "outside_envelope_fraction": sums["outside_envelope_columns"] / columns,
        "limit_heating_correction_w_m2": sums["limit_heating_correction_sum"] / columns,
        "limit_moistening_correction_mm_day": sums["limit_moistening_correction_sum"] / columns * SECONDS_PER_DAY,
        "water_closure_correction_mm_day": sums["water_closure_correction_sum"] / columns * SECONDS_PER_DAY,
    }


def _shadow(sums: dict[str, Any]) -> dict[str, float]:
    """Bias, RMSE and the teacher's RMS of each output, from mass-weighted column means."""
    columns = sums.get("shadow_columns", 0.0)
    if not columns:
        return {}
    shadow = {}
    for name in ("heating", "moistening", "rain"):
        shadow[f"shadow_{name}_bias"] = sums[f"shadow_{name}_bias_sum"] / columns
        shadow[f"shadow_{name}_rmse"] = (sums[f"shadow_{name}_square_sum"] / columns) ** 0.5
        shadow[f"shadow_{name}_teacher_rms"] = (sums[f"shadow_{name}_teacher_square_sum"] / columns) ** 0.5
    return shadow
