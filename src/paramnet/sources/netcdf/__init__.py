"""NetCDF files: opened with a check that they are complete, and decoded by their attributes."""
