"""The two passes over the data: blocks are scattered by shuffle key, ranges of rows are gathered."""
