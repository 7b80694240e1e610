"""Text in the scripts of batch systems, quoted so that the scheduler reads it as written."""

from paramnet.schedulers.quoting import log_path, option, quoted, require_printable, words_of

__all__ = ["log_path", "option", "quoted", "require_printable", "words_of"]
