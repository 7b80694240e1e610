"""What the checks of all blocks found, and whether it is too much."""

from __future__ import annotations

import logging
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.preprocessing.scatter import BlockResult

_log = logging.getLogger(__name__)


def summarize_findings(results: list[BlockResult], max_invalid_fraction: float) -> dict[str, Any]:
    """Dropped samples and, per variable, values found invalid; ParamnetError when the share dropped exceeds the maximum."""
    dropped, kept = sum(result.dropped for result in results), sum(result.samples for result in results)
    values: dict[str, int] = {}
    for result in results:
        for name, finding in result.findings:
            values[finding.variable] = values.get(finding.variable, 0) + finding.values
            _log.warning("%s in %s", finding, name)
    if dropped > max_invalid_fraction * (dropped + kept):
        worst = max(values, key=lambda name: values[name])
        name, finding = next((name, finding) for result in results for name, finding in result.findings if finding.variable == worst)
        raise ParamnetError(
            f"{finding} in {name}; expected at most a share of {max_invalid_fraction} of the samples invalid, got {dropped} of "
            f"{dropped + kept}; mend the files or raise max_invalid_fraction"
        )
    return {"samples": dropped, "share": dropped / (dropped + kept), "values": values}
