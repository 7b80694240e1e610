"""PlaSim as host: fetch, build and set it up, run it in stretches, and record what it ran with."""
