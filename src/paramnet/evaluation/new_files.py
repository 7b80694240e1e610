"""Preprocessing of files not used in training into a store with a test split only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.evaluation.candidate import how_data_were_read

__all__ = ["preprocess_settings"]


def preprocess_settings(
    checkpoint: str, files: str, output: str, source: dict[str, Any] | None, overwrite: bool, scheme: str = ""
) -> dict[str, Any]:
    """Settings of ``paramnet preprocess`` for ``files``: those of the training data, with every step in ``test``.

    ``source`` : how to read the files, if different from the training data. Raises ParamnetError if neither ``source`` nor the
    checkpoint or scheme contains that information.
    """
    made: dict[str, Any] = how_data_were_read(checkpoint, scheme)
    read_as = source or made.get("source")
    if not read_as:
        raise ParamnetError(
            f"checkpoint {checkpoint}" if checkpoint else f"scheme {scheme}",
            expected="a record of how its training data were read",
            got="none",
            remedy="set source=…, as for preprocess",
        )
    same = ("block_megabytes", "chunk_samples", "compression", "quantile_samples", "sequence")
    kept: dict[str, Any] = {key: made[key] for key in same if key in made}
    rules = {"train": {"fraction": None}, "validation": {"fraction": None}, "test": {"fraction": 1.0}}
    return {
        **kept,
        "source": read_as,
        "contract": read_as["contract"] if source else made.get("contract", ""),
        "input": files,
        "store": str(Path(output) / "store"),
        "splits": rules,
        "overwrite": overwrite,
    }
