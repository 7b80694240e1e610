"""Names and types of the contents of a training store (Zarr v3 directory)."""

from __future__ import annotations

STORE_VERSION = 1

RECORD = "shards"  # group whose attribute `files` has size and checksum of every file

SPLITS = ("train", "validation", "test")

# Attributes that the root group always has; ``complete`` is written last.
ROOT_ATTRIBUTES = (
    "paramnet_store_version",
    "contract",
    "contract_digest",
    "source",
    "provenance",
    "files",
    "splits",
    "time_units",
    "calendar",
    "complete",
)

# One value per sample, in addition to ``inputs`` and ``outputs``: name -> (type, units, long name).
TRACE_ARRAYS: dict[str, tuple[str, str, str]] = {
    "area_weight": ("float32", "1", "area of the sample's grid column over the mean area of the grid"),
    "latitude": ("float32", "degrees_north", "latitude of the sample's grid column"),
    "longitude": ("float32", "degrees_east", "longitude of the sample's grid column"),
    "file_index": ("int32", "1", "position of the sample's file in the root attribute `files`"),
    "time_index": ("int32", "1", "step of the sample within its file"),
    "column_index": ("int32", "1", "grid column of the sample, longitude fastest on latitude-longitude grids"),
    "time": ("float64", "days", "time of the sample; origin and calendar in the root's attributes"),
}
