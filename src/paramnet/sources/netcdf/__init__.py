"""NetCDF files: opened with a check that they are complete, and decoded by their attributes."""

from paramnet.sources.netcdf.integrity import (
    Dataset,
    Variable,
    append_to_netcdf,
    layout_of,
    open_netcdf,
    read_columns_last,
    read_complete,
    read_values,
)

__all__ = ["Dataset", "Variable", "append_to_netcdf", "layout_of", "open_netcdf", "read_columns_last", "read_complete", "read_values"]
