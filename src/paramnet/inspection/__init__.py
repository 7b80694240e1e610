"""Inspection: what is inside a scheme, a store or a netCDF file, as tables to read or as JSON."""

from paramnet.inspection.inspect import inspect
from paramnet.inspection.report import Report, Section

__all__ = ["Report", "Section", "inspect"]
