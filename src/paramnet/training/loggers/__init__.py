"""Loggers for the metrics of a run. A resumed run continues the log it has begun, and no step is in it twice."""
