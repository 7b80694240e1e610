"""What an evaluation may be told."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import ParamnetError
from paramnet.store import SPLITS


@dataclass
class EvaluateConfig:
    """Judge ``checkpoint`` on ``split`` of ``store`` and write skill.json, figures/ and report.html into ``output``.

    ``store`` "" takes the store the checkpoint was trained on. ``linear_checkpoint`` "" leaves the linear baseline out.
    ``climatology``: ``column`` is the training period's mean of each grid column and output (falls back to ``global``
    where a test column was not trained on), ``global`` the training mean of each output.
    ``active_watts`` : W m-2 of absolute heating and moistening above which a column counts as convecting;
    ``raining`` : mm day-1 above which it counts as raining. ``limit`` : samples at most, 0 for all. ``chunk`` : samples
    held in memory at a time.
    """

    checkpoint: str
    output: str
    store: str = ""
    linear_checkpoint: str = ""
    split: str = "test"
    climatology: str = "column"
    active_watts: float = 5.0
    raining: float = 0.1
    limit: int = 0
    chunk: int = 32_768

    def __post_init__(self) -> None:
        if not self.checkpoint or not self.output:
            raise ParamnetError(f"checkpoint, output: expected a file and a folder, got {self.checkpoint!r} and {self.output!r}")
        if self.split not in SPLITS:
            raise ParamnetError(f"split: expected one of {list(SPLITS)}, got {self.split!r}")
        if self.climatology not in ("column", "global"):
            raise ParamnetError(f"climatology: expected 'column' or 'global', got {self.climatology!r}")
        if self.chunk < 1 or self.limit < 0 or self.active_watts <= 0 or self.raining <= 0:
            raise ParamnetError(
                "chunk, active_watts, raining: expected positive, limit: expected at least 0, got "
                f"{self.chunk}, {self.active_watts}, {self.raining}, {self.limit}"
            )
