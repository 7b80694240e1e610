"""What an export may be told."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import ParamnetError
from paramnet.export.checks import Bounds


@dataclass
class ExportConfig:
    """``checkpoint`` is exported to ``output`` (``scheme.pt``), checked on ``samples`` columns of ``split`` of ``store``.

    ``store`` "" takes the store the checkpoint was trained on. Differences are in standard deviations of each output:
    ``rms`` and ``max`` against the same module in float64, ``max_against_trained`` against the trained module itself.
    ``envelope_samples`` training columns are measured for the guard's distance. ``skill`` names a ``skill.json`` of
    ``paramnet evaluate`` to carry along. ``name`` "" takes the contract's. ``aoti`` also compiles the scheme
    for this kind of processor and this torch version, ``scheme.pt2`` beside ``scheme.pt``.
    """

    checkpoint: str
    output: str
    store: str = ""
    split: str = "validation"
    samples: int = 20_000
    rms: float = 3e-5
    max: float = 5e-4
    max_against_trained: float = 2e-5
    envelope_samples: int = 100_000
    skill: str = ""
    name: str = ""
    aoti: bool = False

    def __post_init__(self) -> None:
        if not self.checkpoint or not self.output:
            raise ParamnetError(f"checkpoint, output: expected two files, got {self.checkpoint!r} and {self.output!r}")
        if self.samples < 1:
            raise ParamnetError(f"samples: expected at least 1 real column to check on, got {self.samples}")
        if self.envelope_samples < 2:
            raise ParamnetError(f"envelope_samples: expected at least 2 training columns for the guard, got {self.envelope_samples}")
        self.bounds()

    def bounds(self) -> Bounds:
        return Bounds(self.rms, self.max, self.max_against_trained)
