"""Write the source code of an exported scheme."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import paramnet
from paramnet.contract import ParamnetError
from paramnet.exporting.artefact import load_program, read_manifest
from paramnet.exporting.source_code.calls import Calls
from paramnet.exporting.source_code.config import SourceCodeConfig
from paramnet.exporting.source_code.cpp import cpp_header
from paramnet.exporting.source_code.fortran import fortran_module
from paramnet.files import replacing, require_writable_folder
from paramnet.noise import COEFFICIENTS

LICENSE = "BSD-3-Clause"
_MOST_BYTES = 1 << 20  # working memory of a block, at best: it should stay in the second-level cache
_WIDTHS = (64, 32)  # columns of a block; two vectors of AVX-512 at least
_OWN_NAMES = {
    *("ncol", "state", "flags", "status", "message", "work32", "work64", "first", "column", "from", "level", "stride"),
    *("seed", "member", "step", "columns", "outside"),
}


@dataclass(frozen=True)
class _Coordinate:
    """Coefficients of the levels that a host gives to the check; ``tolerance`` in their own ``units``."""

    name: str
    numbers: list[float]
    units: str
    tolerance: float


def write_source(config: SourceCodeConfig) -> list[Path]:
    """Write the files of a scheme in ``config.language``, each complete or not at all; return them, the source first.

    The numbers are those of the scheme's program. Raises ParamnetError if the scheme has no program, or has a variable whose
    name the source needs itself.
    """
    scheme = Path(config.scheme)
    manifest, program = read_manifest(scheme), load_program(scheme)
    where = f"scheme {scheme}"
    if program is None:
        reason = str(manifest.get("native", {}).get("reason", "unknown"))
        raise ParamnetError("program", expected="a scheme with a program", got=f"none: {reason}", where=where, remedy="run it on libtorch")
    calls = Calls(program, where)
    values = _values(config, manifest, calls, hashlib.sha256(scheme.read_bytes()).hexdigest())
    require_writable_folder(config.file.parent, "output")
    if config.language == "cpp":
        return [_written(config.file, cpp_header(calls, values).encode())]
    text, weights = fortran_module(calls, values)
    return [_written(config.file, text.encode()), _written(config.file.with_suffix(".bin"), weights)]


def _written(path: Path, content: bytes) -> Path:
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def _values(config: SourceCodeConfig, manifest: dict[str, Any], calls: Calls, scheme_sha256: str) -> dict[str, Any]:
    """What the templates of both languages need."""
    rows = {kind: memory.rows for kind, memory in calls.memory.items()}
    bytes_of_column = 4 * rows["32"] + 8 * rows["64"]
    provenance = manifest.get("provenance", {})
    variables = [one | {"intent": intent} for intent, side in (("in", "inputs"), ("out", "outputs")) for one in manifest[side]]
    _require_names(variables, config)
    limits = (manifest.get("envelope") or {}).get("inputs")
    return {
        "name": config.name,
        "title": f"Scheme {manifest['name']}",
        "scheme_sha256": scheme_sha256,
        "contract_digest": manifest["contract_digest"],
        "version": paramnet.__version__,
        "exported": provenance.get("exported", "an unknown date"),
        "checkpoint_sha256": provenance.get("checkpoint_sha256", "unknown"),
        "license": LICENSE,
        "levels": next((one["size"] for one in variables if one["profile"]), 1),
        "variables": variables,
        "time_step": manifest["contract"]["time_step"],
        "level_order": manifest["vertical_grid"].get("order", "none"),
        "coordinate_kind": manifest["vertical_grid"].get("kind", "hybrid_sigma_pressure"),
        "coordinates": _coordinates(manifest["vertical_grid"]),
        "random_numbers": manifest.get("random_numbers", 0),
        "normal_table": calls.constants.add("64", list(np.ravel(COEFFICIENTS))) if manifest.get("random_numbers") else None,
        "limits": [calls.constants.add("64", limits[side]) for side in ("min", "max")] if limits else None,
        "states": [start for state in manifest.get("state", []) for start in state["start"]],
        "sizes": {kind: array.size for kind, array in calls.constants.arrays().items()},
        "rows": rows,
        "width": next((width for width in _WIDTHS if width * bytes_of_column <= _MOST_BYTES), _WIDTHS[-1]),
        "input": calls.input,
        "output": calls.output,
        "n_in": sum(one["size"] for one in manifest["inputs"]),
        "n_out": sum(one["size"] for one in manifest["outputs"]),
    }


def _coordinates(grid: dict[str, Any]) -> list[_Coordinate]:
    known = (("a_mid", "Pa", 100.0), ("b_mid", "1", 1e-3), ("height", "m", 1.0))
    return [_Coordinate(name, grid[name], units, tolerance) for name, units, tolerance in known if grid.get(name)]


def _require_names(variables: list[dict[str, Any]], config: SourceCodeConfig) -> None:
    names = [one["name"] for one in variables]
    wrong = sorted({name for name in names if names.count(name) > 1 or name in _OWN_NAMES or len(name) > 63})
    if wrong:
        raise ParamnetError(
            ", ".join(wrong),
            expected="names of variables that differ, have at most 63 characters and are none of the source's own",
            got="others",
            where=f"scheme {config.scheme}",
            remedy="export with a contract that names them differently",
        )
