"""Configuration of `paramnet export`."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.exporting.checks import Bounds
from paramnet.exporting.source_code.config import SourceCodeConfig


@dataclass
class ExportConfig:
    """``checkpoint`` is exported to ``output`` (``scheme.pt``), checked on ``samples`` columns of ``split`` of ``store``.

    ``language`` : also write it as source code, ``fortran`` or ``cpp``; an exported ``scheme`` in place of a checkpoint is only that.
    ``store`` : "" for the store of the training. ``name`` : "" for the contract's.
    ``rms``, ``max`` : largest differences from the same module in float64, in standard deviations of each output;
    ``max_against_trained`` : from the trained module itself.
    ``envelope_samples`` : training columns used for the guard's distance. ``skill`` : a ``skill.json`` of ``paramnet
    evaluate`` to include. ``aoti`` : also compile the scheme for this kind of processor and this torch version, as
    ``scheme.pt2`` next to ``scheme.pt``. ``noise_hours`` : timescale of a stochastic scheme's noise, one for all of its random numbers
    or one for each; none: independent from step to step.
    """

    checkpoint: str
    output: str
    scheme: str = ""
    language: str = ""
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
    noise_hours: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.scheme and (self.checkpoint or not self.language):
            raise ParamnetError(
                "scheme",
                expected="a language, and no checkpoint",
                got=f"language={self.language!r}, checkpoint={self.checkpoint!r}",
                remedy="set language=fortran or language=cpp; to export a checkpoint, leave out scheme",
            )
        if not (self.checkpoint or self.scheme) or not self.output:
            raise ParamnetError("checkpoint, output", expected="two files", got=f"{self.checkpoint!r} and {self.output!r}")
        self.source_code()
        if self.samples < 1:
            raise ParamnetError("samples", expected="at least 1 column to check on", got=str(self.samples))
        if self.envelope_samples < 2:
            raise ParamnetError("envelope_samples", expected="at least 2 training columns for the guard", got=str(self.envelope_samples))
        self.bounds()

    def source_code(self) -> SourceCodeConfig | None:
        """What to write as source code."""
        return SourceCodeConfig(self.scheme or self.output, self.output, self.language) if self.language else None

    def bounds(self) -> Bounds:
        return Bounds(self.rms, self.max, self.max_against_trained)
