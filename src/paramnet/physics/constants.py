"""Numbers that are the same for every host; a host's own constants are in its contract."""

SECONDS_PER_DAY = 86400.0
REFERENCE_PRESSURE = 1.0e5  # Pa, surface pressure for which the pressure of levels is computed
