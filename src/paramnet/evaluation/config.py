"""Configuration of `paramnet evaluate`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.store import SPLITS


@dataclass
class EvaluateConfig:
    """Evaluate ``checkpoint`` or ``scheme`` on ``split`` of ``store``; write skill.json, figures/ and report.html to ``output``.

    ``scheme`` : a scheme.pt, exported or imported, instead of a checkpoint; ``trust`` loads its TorchScript even if it could do
    more than compute. ``store`` : "" for the store of the training, which always provides climatology and distance.
    ``input`` : new files, from which the command line makes the store. ``overwrite`` : replace an evaluation with other
    settings, checkpoints or data in ``output``.
    ``linear_checkpoint`` : "" for the linear network next to the checkpoint, ``linear/best.ckpt``, if there is one; ``none``
    omits it.
    ``climatology`` : ``column``, the mean over the training period for each grid column and output (``global`` if a test
    column has no training data), or ``global``, the training mean of each output.
    ``active_watts`` : absolute heating and moistening, W m-2, above which a column is convecting. ``raining`` : rain, mm day-1,
    above which it is raining. ``limit`` : maximum number of samples, 0 for all. ``chunk`` : samples in memory at a time.
    ``members`` : checkpoints of the same contract (for example of other seeds) that form an ensemble with ``checkpoint``; its
    mean is scored too, with CRPS, spread and the bias-variance decomposition.
    ``draws`` : of a stochastic scheme, for each sample; the scores are those of their mean (``learned``) and of one (``draw``).
    ``jacobian_columns`` : test columns for the Jacobian; ``noise_samples`` : test columns with noise on the inputs, and
    for the scores of a flow by passes;
    ``network_samples`` : test columns for the section on the network itself, whose Hessian's spectrum is from ``lanczos_steps`` products
    with each of ``lanczos_probes`` vectors;
    ``envelope_samples`` : training columns for the distance from the training data; 0 omits each.
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
    draws: int = 16
    jacobian_columns: int = 64
    noise_samples: int = 4096
    network_samples: int = 0
    lanczos_steps: int = 24
    lanczos_probes: int = 4
    envelope_samples: int = 20_000
    overwrite: bool = False
    input: str = ""
    scheme: str = ""
    trust: bool = False

    def __post_init__(self) -> None:
        if bool(self.checkpoint) == bool(self.scheme):
            got = f"{self.checkpoint!r} and {self.scheme!r}" if self.scheme else "none"
            raise ParamnetError("checkpoint, scheme", expected="one file", got=got, remedy="set checkpoint=best.ckpt or scheme=scheme.pt")
        if not self.output:
            raise ParamnetError("output", expected="a folder", got=repr(self.output))
        linear = Path(self.checkpoint).parent / "linear" / "best.ckpt"
        if self.checkpoint and not self.linear_checkpoint and linear.is_file():
            self.linear_checkpoint = str(linear)
        if self.linear_checkpoint == "none":
            self.linear_checkpoint = ""
        if self.split not in SPLITS:
            raise ParamnetError("split", expected=f"one of {', '.join(SPLITS)}", got=repr(self.split))
        if self.climatology not in ("column", "global"):
            raise ParamnetError("climatology", expected="column or global", got=repr(self.climatology))
        sizes = ("limit", "jacobian_columns", "noise_samples", "network_samples", "envelope_samples")
        for name, allowed, expected in (
            ("draws", self.draws > 1, "2 or more"),
            ("lanczos_probes", self.lanczos_probes > 1, "2 or more"),
            ("lanczos_steps", self.lanczos_steps > 2, "3 or more"),
            *((name, getattr(self, name) >= 0, "0 or a positive number") for name in sizes),
            *((name, getattr(self, name) > 0, "a positive number") for name in ("chunk", "active_watts", "raining")),
        ):
            if not allowed:
                raise ParamnetError(name, expected=expected, got=str(getattr(self, name)))
