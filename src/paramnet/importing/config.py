"""Configuration of `paramnet import`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.importing.layers import FUNCTIONS
from paramnet.importing.tables import Table
from paramnet.normalization.features import FeatureConfig

SOURCES = ("keras", "cam_text", "torchscript")


@dataclass
class NormalizationTables:
    """z = (x - ``input_subtract``) / ``input_divide`` enters the network; y = its output / ``output_divide`` + ``output_add``.

    x and y in contract units and columns.
    """

    input_subtract: Table = field(default_factory=Table)
    input_divide: Table = field(default_factory=Table)
    output_divide: Table = field(default_factory=Table)
    output_add: Table = field(default_factory=Table)


@dataclass
class EnvelopeTables:
    """Ranges of the training data in contract units, for the host's guard; empty where nobody kept them."""

    input_min: Table = field(default_factory=Table)
    input_max: Table = field(default_factory=Table)
    output_min: Table = field(default_factory=Table)
    output_max: Table = field(default_factory=Table)


@dataclass
class ImportConfig:
    """``source`` names the kind of network: keras (``file``: .keras, .h5), cam_text (``folder``) or torchscript (``file``: .pt).

    ``contract`` : a shipped name or a path; ``output`` : the scheme.pt to write. ``activation`` and ``negative_slope`` apply
    between the layers where the files do not say (cam_text, Keras weights alone); ``negative_slope`` is the slope of leaky_relu,
    which must be given, or the alpha of elu (None: 1). ``names`` : variables of the contract as netCDF tables name them.
    ``argument_widths`` : columns that each argument of a TorchScript network takes, where it has several.
    ``features`` : what the network reads after the contract's columns, computed from them (as in training; not standardized).
    ``columns`` : a .npy of (column, n_in) in
    contract units to check on; "" draws ``samples`` columns from the envelope. ``rms`` and ``max`` bound the difference from
    a float64 evaluation, in standard deviations of each output (a tenth of them is the aim, above which a warning says so).
    ``note`` is carried along as provenance. ``trust`` : a TorchScript file whose code could do more than compute is loaded all the
    same, because its author is known.
    """

    source: str
    contract: str
    output: str
    file: str = ""
    folder: str = ""
    name: str = ""
    note: str = ""
    activation: str = ""
    negative_slope: float | None = None
    names: dict[str, str] = field(default_factory=dict)
    argument_widths: list[int] = field(default_factory=list)
    features: list[FeatureConfig] = field(default_factory=list)
    normalization: NormalizationTables = field(default_factory=NormalizationTables)
    envelope: EnvelopeTables = field(default_factory=EnvelopeTables)
    columns: str = ""
    samples: int = 10_000
    rms: float = 3e-5
    max: float = 5e-4
    trust: bool = False

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise ParamnetError(f"source: expected one of {SOURCES}, got {self.source!r}")
        wanted, other = ("folder", "file") if self.source == "cam_text" else ("file", "folder")
        if not getattr(self, wanted):
            raise ParamnetError(f"{wanted}: expected where the network is, got nothing; source={self.source} reads a {wanted}")
        if other == "file" and self.file:
            raise ParamnetError(f"file: source=cam_text reads a folder, got file={self.file!r}; give folder=... alone")
        if self.activation and self.activation not in FUNCTIONS:
            raise ParamnetError(f"activation: expected one of {sorted(FUNCTIONS)}, got {self.activation!r}")
        if self.source == "cam_text" and not self.activation:
            raise ParamnetError(
                "activation: text files do not say the function between layers; add activation=leaky_relu negative_slope=..."
            )
        if self.activation == "leaky_relu" and self.negative_slope is None:
            raise ParamnetError(
                "negative_slope",
                expected="the slope of leaky_relu below zero, which no file of weights says",
                got="none",
                remedy="set negative_slope=0.3 (Keras's LeakyReLU layer), 0.2 (its function), 0.01 (torch), or as it was trained",
            )
        if self.argument_widths and (self.source != "torchscript" or min(self.argument_widths) < 1):
            raise ParamnetError(
                "argument_widths", expected="positive numbers, for source=torchscript", got=f"{self.argument_widths}, source={self.source}"
            )
        if self.samples < 100 or min(self.rms, self.max) <= 0:
            got = (self.samples, self.rms, self.max)
            raise ParamnetError(f"samples, rms, max: expected at least 100 columns and positive bounds, got {got}")
        self._require_tables()

    def _require_tables(self) -> None:
        """A network's normalization may not be guessed: all of it is said, or for TorchScript none."""
        tables = {name: getattr(self.normalization, name) for name in ("input_subtract", "input_divide", "output_divide")}
        missing = [name for name, table in tables.items() if not table.given]
        if missing and not (self.source == "torchscript" and len(missing) == len(tables)):
            raise ParamnetError(
                f"normalization.{missing[0]}: expected file, values or constant, got none; a network's normalization cannot be guessed "
                "(constant: 0 to subtract nothing, constant: 1 to divide by nothing)"
            )
        sides = [(getattr(self.envelope, f"{side}_min"), getattr(self.envelope, f"{side}_max"), side) for side in ("input", "output")]
        for low, high, side in sides:
            if low.given != high.given:
                raise ParamnetError(f"envelope.{side}_min, {side}_max: expected both or neither, got one; give the other")

    @property
    def base(self) -> Path:
        """Where the tables' files are looked for: the network's folder."""
        return Path(self.folder) if self.folder else Path(self.file).parent
