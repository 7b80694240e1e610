"""What the scripts of every batch system have in common: text that the scheduler reads as it was meant."""

from paramnet.schedulers.quoting import log_path, option, quoted, require_printable, words_of

__all__ = ["log_path", "option", "quoted", "require_printable", "words_of"]
