"""Time of a source: the axis of each file, and the steps of the archive."""
