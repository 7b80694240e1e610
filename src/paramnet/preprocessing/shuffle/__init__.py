"""The global shuffle: the order of all samples, and the files between the two passes."""
