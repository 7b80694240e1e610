"""Grids of a source: columns, and levels checked against the contract."""
