"""The loss of a training run, in energy units."""
