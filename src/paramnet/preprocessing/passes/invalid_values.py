"""Summary of the invalid values in all blocks, and the check of their fraction."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.preprocessing.packing import Finding
from paramnet.preprocessing.passes.scatter import BlockResult

_log = logging.getLogger(__name__)


def summarize_findings(results: Iterable[BlockResult], max_invalid_fraction: float) -> dict[str, Any]:
    """Return the dropped samples, those of incomplete sequences, and the invalid values by variable.

    Raises ParamnetError if the dropped fraction is too large.
    """
    dropped = kept = incomplete = 0
    values: dict[str, int] = {}
    first: dict[str, tuple[str, Finding]] = {}
    for result in results:
        dropped, kept = dropped + result.dropped, kept + sum(result.samples.values())
        incomplete += result.incomplete
        for name, finding in result.findings:
            values[finding.variable] = values.get(finding.variable, 0) + finding.values
            first.setdefault(finding.variable, (name, finding))
            _log.warning("%s in %s", finding, name)
    if dropped > max_invalid_fraction * (dropped + kept):
        name, finding = first[max(values, key=lambda name: values[name])]
        raise ParamnetError(
            finding.variable,
            expected=f"{finding.expected} in all but a fraction of {max_invalid_fraction} of the samples",
            got=f"{dropped} of {dropped + kept} invalid samples, among them {finding.got}",
            where=name,
            remedy="fix the files, or raise max_invalid_fraction",
        )
    if incomplete:
        _log.info("left out: %d samples whose sequence has an invalid sample, or one that is not selected", incomplete)
    of_sequences = {"in_incomplete_sequences": incomplete} if incomplete else {}
    return {"samples": dropped, "share": dropped / max(1, dropped + kept), "values": values} | of_sequences
