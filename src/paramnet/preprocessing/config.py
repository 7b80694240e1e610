"""What ``paramnet preprocess`` can be told: the fields of ``conf/preprocess.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.preprocessing.cluster import ClusterConfig
from paramnet.preprocessing.source import SourceConfig
from paramnet.preprocessing.split_rules import CONTROL, SplitConfig
from paramnet.store import COMPRESSIONS

BAD_FILES = ("stop", "skip")
REPEATED = ("identical", "first", "last")


@dataclass
class PreprocessConfig:
    """From files to a training store.

    ``source`` : how the files are read. ``input`` : a folder (searched by the source's pattern), a file, or a pattern.
    ``store`` : folder to write. ``contract`` : a shipped contract's name or a path ending in .yaml; empty: the source's.
    ``climates`` : further archives by name, of the same source and grid, for splits by climate; ``input`` is ``control``.
    ``seed`` : of the shuffle. ``chunk_samples`` : samples per Zarr chunk. ``compression`` : none, lz4 or zstd.
    ``block_megabytes`` : samples read and shuffled at a time by each worker; memory grows with it and the workers.
    ``max_invalid_fraction`` : share of samples that may be dropped for values not finite or outside ``valid_range``.
    ``repeated_steps`` : of times that two steps have, identical keeps one where what is read of them agrees and refuses others; first
    and last keep that of the first or last file in order of name.
    ``on_bad_file`` : stop before anything is written, naming every file that cannot be used, or skip those.
    ``quantile_samples`` : training samples, drawn at random, the quantiles are taken from (all, when there are fewer).
    ``quality_page`` : the quality report as a page with figures, not only as numbers (see ``quality`` in the store).
    ``cluster`` : where the work is done; results do not depend on it. ``overwrite`` : replace a store made otherwise.
    """

    source: SourceConfig
    input: str
    store: str
    contract: str = ""
    climates: dict[str, str] = field(default_factory=dict)
    splits: SplitConfig = field(default_factory=SplitConfig)
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
        for name in ("chunk_samples", "block_megabytes", "quantile_samples"):
            if getattr(self, name) < 1:
                raise ParamnetError(f"preprocess.{name}: expected 1 or more, got {getattr(self, name)}")
        if not 0.0 <= self.max_invalid_fraction < 1.0:
            raise ParamnetError(f"preprocess.max_invalid_fraction: expected 0 to below 1, got {self.max_invalid_fraction}")
        if self.seed < 0:
            raise ParamnetError(f"preprocess.seed: expected 0 or more, got {self.seed}")
        for name, allowed in (("on_bad_file", BAD_FILES), ("compression", COMPRESSIONS), ("repeated_steps", REPEATED)):
            if getattr(self, name) not in allowed:
                raise ParamnetError(f"preprocess.{name}: expected one of {list(allowed)}, got {getattr(self, name)!r}")
        if CONTROL in self.climates:
            raise ParamnetError(f"preprocess.climates: expected other names than {CONTROL}, which is `input`, got {list(self.climates)}")
        if not self.input or not self.store:
            raise ParamnetError("preprocess: expected `input` and `store`, got an empty one; say input=FOLDER store=FOLDER")
