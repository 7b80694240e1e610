"""Climates of coupled runs, from the daily means of any host: diagnostics, comparison with the teacher, report."""
