"""The command line: one command per stage of the road, configured with Hydra."""
