"""The quality report of an archive."""
