"""Configuration of ``paramnet preprocess``: the fields of ``conf/preprocess.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.execution.config import ClusterConfig
from paramnet.preprocessing.splits.rules import CONTROL, SplitConfig
from paramnet.sources.config import SourceConfig
from paramnet.store import compressors

BAD_FILES = ("stop", "skip")
REPEATED = ("identical", "first", "last")


@dataclass
class PreprocessConfig:
    """Configuration of one preprocessing run.

    ``source`` : how the files are read. ``input`` : a folder (searched with the source's pattern), a file, or a pattern.
    ``store`` : folder to write. ``contract`` : name of a shipped contract or a path ending in .yaml; empty: the source's.
    ``climates`` : further archives by name, with the same source and grid, for splits by climate; ``input`` is ``control``.
    ``sequence`` : consecutive steps of a column that stay together in the shuffle, for networks with memory; 1: each sample by itself.
    ``seed`` : seed of the shuffle. ``chunk_samples`` : samples per Zarr chunk. ``compression`` : none, lz4 or zstd.
    ``block_megabytes`` : size of the block that a worker reads and shuffles; memory grows with it and with the number of workers.
    ``max_invalid_fraction`` : largest fraction of samples that may be dropped because a value is not finite or outside ``valid_range``.
    ``repeated_steps`` : for two steps of the same time, ``identical`` keeps one if their values agree and stops otherwise; ``first``
    and ``last`` keep the step of the first or last file, ordered by name.
    ``on_bad_file`` : ``stop`` lists every unusable file before anything is written; ``skip`` leaves those files out.
    ``quantile_samples`` : number of random training samples from which quantiles are computed (all, if there are fewer).
    ``quality_page`` : write the quality report as a page with figures as well (the numbers are always in ``quality`` in the store).
    ``cluster`` : where the work runs; results do not depend on it. ``overwrite`` : replace a store made with other settings.
    """

    source: SourceConfig
    input: str
    store: str
    contract: str = ""
    climates: dict[str, str] = field(default_factory=dict)
    splits: SplitConfig = field(default_factory=SplitConfig)
    sequence: int = 1
    seed: int = 0
    chunk_samples: int = 8192
    compression: str = "none"
    block_megabytes: int = 64
    max_invalid_fraction: float = 0.0
    on_bad_file: str = "stop"
    repeated_steps: str = "identical"
    quantile_samples: int = 131072
    quality_page: bool = True
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    overwrite: bool = False

    def __post_init__(self) -> None:
        for name in ("sequence", "chunk_samples", "block_megabytes", "quantile_samples"):
            if getattr(self, name) < 1:
                raise ParamnetError(f"preprocess.{name}", expected="1 or more", got=str(getattr(self, name)))
        if not 0.0 <= self.max_invalid_fraction < 1.0:
            raise ParamnetError("preprocess.max_invalid_fraction", expected="0 to below 1", got=str(self.max_invalid_fraction))
        if self.seed < 0:
            raise ParamnetError("preprocess.seed", expected="0 or more", got=str(self.seed))
        for name, allowed in (("on_bad_file", BAD_FILES), ("repeated_steps", REPEATED)):
            if getattr(self, name) not in allowed:
                raise ParamnetError(f"preprocess.{name}", expected=f"one of {list(allowed)}", got=repr(getattr(self, name)))
        compressors(self.compression)  # refuses an unknown one
        if CONTROL in self.climates:
            raise ParamnetError(
                "preprocess.climates", expected=f"names other than {CONTROL!r}, which is `input`", got=str(list(self.climates))
            )
        for name in ("input", "store"):
            if not getattr(self, name):
                raise ParamnetError(f"preprocess.{name}", expected="a folder", got="nothing", remedy=f"set {name}=FOLDER")
