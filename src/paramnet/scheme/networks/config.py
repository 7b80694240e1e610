"""Configuration of a network, validated at construction."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.scheme.networks.head import Head

# Dimensions of the contract that a network distinguishes: one flat vector per column, or levels.
MODEL_DIMS: dict[str, tuple[str, ...]] = {
    "linear": ("column",),
    "mlp": ("column",),
    "residual_mlp": ("column",),
    "column_unet": ("column", "level"),
    "column_bilstm": ("column", "level"),
    "column_transformer": ("column", "level"),
}
MODEL_KINDS = tuple(MODEL_DIMS)
ACTIVATIONS = ("leaky_relu", "relu", "gelu", "silu")
GATES = ("none", "column", "variable", "level")
HEADS_OF_MEMBERS = ("deterministic", "heteroscedastic", "quantile")


def _require(holds: bool, key: str, expected: str, got: object) -> None:
    if not holds:
        raise ParamnetError(f"model.{key}", expected=expected, got=repr(got))


@dataclass
class ModelConfig:
    """A network. docs/reference/architectures.md has a section on each ``kind``, with source, size and cost.

    ``kind`` determines the dimensions the network distinguishes (``dims``): linear, mlp and residual_mlp read a column as one
    flat vector; the column_* kinds read (column, level). ``activation``: leaky_relu (with ``negative_slope``), relu, gelu or
    silu. ``dropout``: a rate. ``input_limit`` N > 0 clips normalized inputs to +-N standard deviations.
    linear: ``ridge`` is the penalty per sample on standardized inputs.
    mlp: ``hidden`` layer widths. ``skip`` adds a linear path. ``gate`` multiplies the outputs by sigmoids: one per ``column``,
    per ``variable``, per output ``level``, or none. ``gate_stretch`` makes gates of low probability exactly zero.
    residual_mlp, column_*: ``width`` channels (per level for column_*; per direction for column_bilstm) and ``depth`` blocks or
    layers, for column_unet halvings of the number of levels. ``kernel``: levels in one convolution of column_unet.
    ``attention_heads``: of column_transformer.
    All but linear: ``fourier`` is the number of random Fourier features of the inputs, drawn with ``fourier_scale``.
    ``members`` > 1 is an ensemble whose mean is the output. ``head``: deterministic, heteroscedastic (mean and log variance) or
    quantile (``quantiles``, with the median as output).
    """

    kind: str = "mlp"
    hidden: list[int] = field(default_factory=lambda: [256] * 9)
    activation: str = "leaky_relu"
    negative_slope: float = 0.3
    skip: bool = False
    gate: str = "none"
    gate_stretch: float = 0.0
    input_limit: float = 0.0
    ridge: float = 1e-4
    width: int = 64
    depth: int = 2
    kernel: int = 3
    attention_heads: int = 4
    dropout: float = 0.0
    fourier: int = 0
    fourier_scale: float = 0.1
    members: int = 1
    head: str = "deterministic"
    quantiles: list[float] = field(default_factory=lambda: [0.05, 0.25, 0.5, 0.75, 0.95])

    def __post_init__(self) -> None:
        choices = {"kind": MODEL_KINDS, "activation": ACTIVATIONS, "gate": GATES, "head": HEADS_OF_MEMBERS}
        for key, allowed in choices.items():
            _require(getattr(self, key) in allowed, key, f"one of {allowed}", getattr(self, key))
        if self.kind == "mlp":
            _require(bool(self.hidden) and min(self.hidden) >= 1, "hidden", "one or more layer widths of at least 1", self.hidden)
        _require(self.gate_stretch >= 0, "gate_stretch", "a share of at least 0", self.gate_stretch)
        _require(self.input_limit >= 0, "input_limit", "a number of standard deviations, 0 for none", self.input_limit)
        _require(self.ridge >= 0, "ridge", "a penalty of at least 0", self.ridge)
        for key in ("width", "depth", "members", "attention_heads"):
            _require(getattr(self, key) >= 1, key, "at least 1", getattr(self, key))
        _require(self.kernel % 2 == 1 and self.kernel >= 1, "kernel", "an odd number of levels", self.kernel)
        _require(0 <= self.dropout < 1, "dropout", "a rate in [0, 1)", self.dropout)
        _require(self.fourier >= 0 and self.fourier_scale > 0, "fourier", "a number of features and a positive scale", self.fourier)
        self._require_combination()

    def _require_combination(self) -> None:
        """Check settings that exclude each other."""
        if self.kind == "linear":
            plain = self.members == 1 and self.head == "deterministic" and not self.fourier
            _require(plain, "kind", "another kind with members, head or fourier, as linear is fitted in closed form", self.kind)
        if self.kind == "column_transformer":
            _require(self.width % self.attention_heads == 0, "width", f"a multiple of attention_heads {self.attention_heads}", self.width)
        if self.gate != "none":
            plain = self.kind == "mlp" and self.head == "deterministic" and not self.fourier
            _require(
                plain or self.kind == "linear", "gate", "none, except for mlp with the deterministic head and without fourier", self.gate
            )
        if self.head == "quantile":
            rising = self.quantiles == sorted(set(self.quantiles)) and all(0 < level < 1 for level in self.quantiles)
            _require(rising and 0.5 in self.quantiles, "quantiles", "increasing levels in (0, 1), including 0.5", self.quantiles)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of the contract that the network distinguishes: (column) or (column, level)."""
        return MODEL_DIMS[self.kind]

    @property
    def member_head(self) -> Head:
        """The head of the network, or of each member of an ensemble."""
        return Head(self.head, tuple(self.quantiles) if self.head == "quantile" else ())
