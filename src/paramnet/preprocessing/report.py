"""What the checks of all blocks found, and whether it is too much."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.preprocessing.packing import Finding
from paramnet.preprocessing.scatter import BlockResult

_log = logging.getLogger(__name__)


def summarize_findings(results: Iterable[BlockResult], max_invalid_fraction: float) -> dict[str, Any]:
    """Dropped samples and, per variable, values found invalid; ParamnetError when the share dropped exceeds the maximum."""
    dropped = kept = 0
    values: dict[str, int] = {}
    first: dict[str, tuple[str, Finding]] = {}
    for result in results:
        dropped, kept = dropped + result.dropped, kept + sum(result.samples.values())
        for name, finding in result.findings:
            values[finding.variable] = values.get(finding.variable, 0) + finding.values
            first.setdefault(finding.variable, (name, finding))
            _log.warning("%s in %s", finding, name)
    if dropped > max_invalid_fraction * (dropped + kept):
        name, finding = first[max(values, key=lambda name: values[name])]
        raise ParamnetError(
            f"{finding} in {name}; expected at most a share of {max_invalid_fraction} of the samples invalid, got {dropped} of "
            f"{dropped + kept}; mend the files or raise max_invalid_fraction"
        )
    return {"samples": dropped, "share": dropped / max(1, dropped + kept), "values": values}
