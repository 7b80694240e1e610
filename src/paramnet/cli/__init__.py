"""The command line: one command per stage of the pipeline, configured with Hydra."""
