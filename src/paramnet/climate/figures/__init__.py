"""Figures of the comparison of coupled runs."""
