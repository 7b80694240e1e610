"""The program of a scheme: lowering from torch, its file, and its reference interpreter. Needs nothing else of the package."""
