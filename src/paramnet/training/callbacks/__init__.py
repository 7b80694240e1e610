"""Lightning callbacks: interruption, weight averages, progress, saving of checkpoints, and measures of the run."""
