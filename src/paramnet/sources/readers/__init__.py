"""Readers: one module per layout of files, registered by the name that ``source.reader`` selects."""
