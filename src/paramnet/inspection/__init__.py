"""Inspect the content of a scheme, a store or a netCDF file, as tables or JSON."""

from paramnet.inspection.inspect import inspect
from paramnet.inspection.report import Report, Section

__all__ = ["Report", "Section", "inspect"]
