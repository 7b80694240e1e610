"""Configuration of `paramnet import`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.importing.layers import FUNCTIONS
from paramnet.importing.tables import Table
from paramnet.scheme.normalization.features import FeatureConfig

SOURCES = ("keras", "cam_text", "torchscript")


@dataclass
class NormalizationTables:
    """The network reads z = (x - ``input_subtract``) / ``input_divide``; y = its output / ``output_divide`` + ``output_add``.

    x and y have the units and columns of the contract.
    """

    input_subtract: Table = field(default_factory=Table)
    input_divide: Table = field(default_factory=Table)
    output_divide: Table = field(default_factory=Table)
    output_add: Table = field(default_factory=Table)


@dataclass
class EnvelopeTables:
    """Ranges of the training data in contract units, for the host's guard; empty where unknown."""

    input_min: Table = field(default_factory=Table)
    input_max: Table = field(default_factory=Table)
    output_min: Table = field(default_factory=Table)
    output_max: Table = field(default_factory=Table)


@dataclass
class ImportConfig:
    """``source`` is the kind of network: keras (``file``: .keras, .h5), cam_text (``folder``) or torchscript (``file``: .pt).

    ``contract`` : a shipped name or a path. ``output`` : the scheme.pt to write. ``note`` is stored as provenance.
    ``activation``, ``negative_slope`` : the function between layers, where the files do not define it (cam_text, Keras weights
    alone). ``negative_slope`` is the slope of leaky_relu (required) or the alpha of elu (None: 1).
    ``names`` : the contract's variables by their names in netCDF tables.
    ``argument_widths`` : number of columns per argument, for a TorchScript network with several arguments.
    ``features`` : network inputs computed from the contract's columns and appended to them (as in training; not standardized).
    ``columns`` : a .npy of (column, n_in) in contract units for the check; "" draws ``samples`` columns from the envelope.
    ``rms``, ``max`` : largest difference from a float64 evaluation, in standard deviations of each output; from a tenth of
    them on, a warning is logged.
    ``trust`` : load a TorchScript file whose code could do more than compute, because its author is known.
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
            raise ParamnetError("source", expected=f"one of {', '.join(SOURCES)}", got=repr(self.source))
        wanted, other = ("folder", "file") if self.source == "cam_text" else ("file", "folder")
        if not getattr(self, wanted):
            raise ParamnetError(
                wanted, expected=f"the {wanted} of the network, for source={self.source}", got="nothing", remedy=f"set {wanted}=..."
            )
        if other == "file" and self.file:
            raise ParamnetError(
                "file", expected="none, for source=cam_text", got=repr(self.file), remedy="remove it and set only folder=..."
            )
        if self.activation and self.activation not in FUNCTIONS:
            raise ParamnetError("activation", expected=f"one of {', '.join(sorted(FUNCTIONS))}", got=repr(self.activation))
        if self.source == "cam_text" and not self.activation:
            raise ParamnetError(
                "activation",
                expected="the function between layers, which text files do not contain",
                got="none",
                remedy="set activation=leaky_relu negative_slope=..., or another function",
            )
        if self.activation == "leaky_relu" and self.negative_slope is None:
            raise ParamnetError(
                "negative_slope",
                expected="the slope of leaky_relu below zero, which files of weights do not contain",
                got="none",
                remedy="set negative_slope=0.3 (Keras's LeakyReLU layer), 0.2 (its function), 0.01 (torch), or the value used in training",
            )
        if self.argument_widths and (self.source != "torchscript" or min(self.argument_widths) < 1):
            raise ParamnetError(
                "argument_widths", expected="positive numbers, with source=torchscript", got=f"{self.argument_widths}, source={self.source}"
            )
        if self.samples < 100 or min(self.rms, self.max) <= 0:
            got = f"{self.samples}, {self.rms:g}, {self.max:g}"
            raise ParamnetError("samples, rms, max", expected="at least 100 columns and positive bounds", got=got)
        self._require_tables()

    def _require_tables(self) -> None:
        """Raise ParamnetError unless the normalization is complete (or, for TorchScript, absent): it cannot be guessed."""
        tables = {name: getattr(self.normalization, name) for name in ("input_subtract", "input_divide", "output_divide")}
        missing = [name for name, table in tables.items() if not table.given]
        if missing and not (self.source == "torchscript" and len(missing) == len(tables)):
            raise ParamnetError(
                f"normalization.{missing[0]}",
                expected="file, values or constant, because a normalization cannot be guessed",
                got="none",
                remedy="set one of them (constant: 0 to subtract nothing, constant: 1 to divide by nothing)",
            )
        sides = [(getattr(self.envelope, f"{side}_min"), getattr(self.envelope, f"{side}_max"), side) for side in ("input", "output")]
        for low, high, side in sides:
            if low.given != high.given:
                absent = f"{side}_max" if low.given else f"{side}_min"
                raise ParamnetError(
                    f"envelope.{side}_min, {side}_max", expected="both or neither", got="one", remedy=f"set envelope.{absent} too"
                )

    @property
    def base(self) -> Path:
        """The folder that table files are relative to: that of the network."""
        return Path(self.folder) if self.folder else Path(self.file).parent
