"""What an evaluation may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.store import SPLITS


@dataclass
class EvaluateConfig:
    """Judge ``checkpoint``, or ``scheme``, on ``split`` of ``store`` and write skill.json, figures/ and report.html into ``output``.

    ``scheme`` is a scheme.pt, exported or imported, in place of a checkpoint; ``trust`` loads its TorchScript though it could do more
    than compute. ``store`` "" takes the store the checkpoint was trained on; climatology and distance are always of that one. ``overwrite``
    lets the evaluation replace one of other settings, checkpoints or data in ``output``. ``input`` names new files, of which
    the command line makes the store.
    ``linear_checkpoint`` "" takes the linear network that training left beside the checkpoint, ``linear/best.ckpt``, if there
    is one, and ``none`` leaves it out.
    ``climatology``: ``column`` is the training period's mean of each grid column and output (falls back to ``global``
    where a test column was not trained on), ``global`` the training mean of each output.
    ``active_watts`` : W m-2 of absolute heating and moistening above which a column counts as convecting;
    ``raining`` : mm day-1 above which it counts as raining. ``limit`` : samples at most, 0 for all. ``chunk`` : samples
    held in memory at a time. ``members`` : other checkpoints of the same contract (other seeds, say) that form an ensemble with
    ``checkpoint``: its mean is scored beside, with CRPS, spread and the bias-variance split. ``jacobian_columns`` : test columns
    whose Jacobian is taken, ``noise_samples`` : those whose inputs are disturbed, ``envelope_samples`` : training columns that
    distance from the training data is measured against; 0 leaves each out.
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
    members: list[str] = field(default_factory=list)
    jacobian_columns: int = 64
    noise_samples: int = 4096
    envelope_samples: int = 20_000
    overwrite: bool = False
    input: str = ""
    scheme: str = ""
    trust: bool = False

    def __post_init__(self) -> None:
        if bool(self.checkpoint) == bool(self.scheme):
            got = f"{self.checkpoint!r} and {self.scheme!r}" if self.scheme else "none"
            raise ParamnetError("checkpoint, scheme", expected="one file", got=got, remedy="say checkpoint=best.ckpt or scheme=scheme.pt")
        if not self.output:
            raise ParamnetError("output", expected="a folder", got=repr(self.output))
        beside = Path(self.checkpoint).parent / "linear" / "best.ckpt"
        if self.checkpoint and not self.linear_checkpoint and beside.is_file():
            self.linear_checkpoint = str(beside)
        if self.linear_checkpoint == "none":
            self.linear_checkpoint = ""
        if self.split not in SPLITS:
            raise ParamnetError(f"split: expected one of {list(SPLITS)}, got {self.split!r}")
        if self.climatology not in ("column", "global"):
            raise ParamnetError(f"climatology: expected 'column' or 'global', got {self.climatology!r}")
        sizes = {name: getattr(self, name) for name in ("jacobian_columns", "noise_samples", "envelope_samples")}
        if min(sizes.values()) < 0:
            raise ParamnetError(f"{', '.join(sizes)}: expected at least 0, got {list(sizes.values())}")
        if self.chunk < 1 or self.limit < 0 or self.active_watts <= 0 or self.raining <= 0:
            raise ParamnetError(
                "chunk, active_watts, raining: expected positive, limit: expected at least 0, got "
                f"{self.chunk}, {self.active_watts}, {self.raining}, {self.limit}"
            )
