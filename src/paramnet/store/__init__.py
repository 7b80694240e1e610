"""The training store: layout of the Zarr directory, opening with checks, and atomic writing."""

from paramnet.store.arrays import StoredArray
from paramnet.store.cf import add_coordinates, consolidate
from paramnet.store.errors import StoreError
from paramnet.store.layout import ROOT_ATTRIBUTES, SPLITS, STORE_VERSION, TRACE_ARRAYS
from paramnet.store.record import write_record
from paramnet.store.shards import COMPRESSIONS, compressors, write_shard
from paramnet.store.statistics import QUANTILE_LEVELS, ColumnStatistics
from paramnet.store.store import Split, Store, open_store
from paramnet.store.times import runs_of, share_within
from paramnet.store.writing import create_split, create_statistics, unfinished_path

__all__ = [
    "COMPRESSIONS",
    "QUANTILE_LEVELS",
    "ROOT_ATTRIBUTES",
    "SPLITS",
    "STORE_VERSION",
    "TRACE_ARRAYS",
    "ColumnStatistics",
    "Split",
    "Store",
    "StoreError",
    "StoredArray",
    "add_coordinates",
    "compressors",
    "consolidate",
    "create_split",
    "create_statistics",
    "open_store",
    "runs_of",
    "share_within",
    "unfinished_path",
    "write_record",
    "write_shard",
]
