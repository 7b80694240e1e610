"""One summary of a run from those of its chunks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# Means over calls or columns are weighted by these; everything else that is a number is a sum.
WEIGHTS = {
    "teacher_ms_mean": "teacher_calls",
    "teacher_ms_median": "teacher_calls",
    "learned_ms_mean": "learned_calls",
    "learned_ms_median": "learned_calls",
}
CONSTANTS = ("mode", "ranks", "scheme")


def combine_summaries(paths: list[Path]) -> dict[str, Any]:
    """Sums of the counts, call-weighted means of the costs, and the shares of columns they make.

    A median is the weighted mean of the chunks' medians.
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
    columns = combined.get("columns", 0)
    for name in ("fallback", "limited"):
        count = combined.get(f"{name}_columns", 0)
        combined[f"{name}_fraction"] = count / columns if columns else 0.0
    return combined
